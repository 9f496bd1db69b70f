import type { Enquiry, Ruling } from './engine.js';

export type Conflict = Extract<Ruling, { kind: 'conflict' }>;

interface Question {
  readonly enquiry: Enquiry;
  /** ms on this process's clock. */
  readonly asked: number;
  readonly ruling: Promise<Ruling>;
}

/**
 * Duplicates that would wait, and come while the store is asked for the first of them: they hear what it hears, and
 * do not ask themselves. A thousand that come at once cost one question.
 */
export class JointQuestions {
  private readonly open = new Map<string, Question>();

  constructor(
    /** ms that the store has to answer. */
    private readonly storeTimeout: number,
  ) {}

  /** Asks, or listens to the one who asks the same already. */
  async ask(enquiry: Enquiry, ask: (enquiry: Enquiry) => Promise<Ruling>): Promise<Ruling> {
    const earlier = this.joinable(enquiry);
    if (!earlier) return this.askFirst(enquiry, ask);
    const heard = await earlier.ruling.catch((error: unknown) => {
      // The store had its time, and nobody waits for it twice.
      if (performance.now() - earlier.asked >= this.storeTimeout) throw error;
    });
    const conflict = asConflict(enquiry, heard ?? undefined);
    if (conflict) return conflict;
    // That question is older than this request: since then an operator may have removed what was found, or a
    // connection recovered. One of those who listened to it asks again, and its answer is good for the rest.
    const next = this.joinable(enquiry);
    if (!next) return this.askFirst(enquiry, ask);
    const ruling = await next.ruling;
    return asConflict(enquiry, ruling) ?? asOwn(ruling);
  }

  private joinable({ id, fingerprint, onLapse, nested = false }: Enquiry): Question | undefined {
    const question = this.open.get(id);
    if (!question) return undefined;
    const { enquiry } = question;
    const isSame = enquiry.fingerprint === fingerprint && enquiry.onLapse === onLapse;
    // While the application stops, what is refused as new work may still be part of what runs.
    return isSame && (enquiry.nested ?? false) === nested ? question : undefined;
  }

  private async askFirst(enquiry: Enquiry, ask: (enquiry: Enquiry) => Promise<Ruling>): Promise<Ruling> {
    const { id } = enquiry;
    const question = { enquiry, asked: performance.now(), ruling: ask(enquiry) };
    this.open.set(id, question);
    try {
      return await question.ruling;
    } finally {
      // Somebody who asks something else may have come after it.
      if (this.open.get(id) === question) this.open.delete(id);
    }
  }
}

/** Whoever did not get the lease waits for the one who did, and then looks. */
export function asConflict(
  { fingerprint, lease: leaseRemaining }: Enquiry,
  ruling: Ruling | undefined,
): Conflict | undefined {
  if (ruling?.kind === 'conflict') return ruling;
  if (ruling?.kind !== 'run') return undefined;
  const { number: attempt } = ruling.attempt;
  return { kind: 'conflict', record: { state: 'in-progress', fingerprint, attempt, leaseRemaining } };
}

/** Each gets bytes of his own: what somebody does to an answer on its way is not done to those of others. */
export function asOwn(ruling: Ruling): Ruling {
  return ruling.kind === 'replay' ? { ...ruling, response: new Uint8Array(ruling.response) } : ruling;
}

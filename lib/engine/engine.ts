import { RecordUnreadableError } from '../errors/record-unreadable.error.js';
import type { AcquireResult, Claim, IdempotencyStore, InProgress } from '../store/idempotency-store.js';
import { Attempt } from './attempt.js';
import type { EventSink } from './event-sink.js';
import { StoreGateway } from './store-gateway.js';
import { WaitingRoom } from './waiting-room.js';

export interface EngineOptions {
  /** ms for each store operation. */
  readonly storeTimeout: number;
}

/** One request for a record. Durations in ms. */
export interface Enquiry {
  readonly id: string;
  readonly operation: string;
  readonly fingerprint: string;
  /** Compares a fingerprint kept earlier, perhaps by another version, with this request. */
  readonly verify: (kept: string) => 'same' | 'different' | 'unknown';
  readonly lease: number;
  /** How long an in-progress record is kept for a late owner. */
  readonly keep: number;
  /** How long to wait for a running attempt; 0 does not wait. */
  readonly wait: number;
  /** Ends the wait: the client is gone. Asked for only when there is something to wait for. */
  readonly left?: () => AbortSignal;
}

/** What to do with a request. */
export type Ruling =
  | { readonly kind: 'run'; readonly attempt: Attempt }
  | { readonly kind: 'replay'; readonly response: Uint8Array }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'conflict'; readonly record: InProgress }
  /** The application stops and takes no new work. */
  | { readonly kind: 'closing' };

/** The protocol over a store: who runs, who replays, who waits. Knows nothing of HTTP or Nest. */
export class IdempotencyEngine {
  readonly gateway: StoreGateway;
  private readonly running = new Set<Attempt>();
  private readonly waitingRoom: WaitingRoom;
  private readonly asking = new Set<Promise<Ruling>>();
  private closing = false;
  private drainEnds: number | undefined;

  constructor(
    readonly store: IdempotencyStore,
    options: EngineOptions,
    readonly events: EventSink,
  ) {
    this.gateway = new StoreGateway(store, options.storeTimeout);
    this.waitingRoom = new WaitingRoom(store, options.storeTimeout, (enquiry) => this.ask(enquiry, true));
  }

  /** Decides about a request. Rejects with a store error when the record's state cannot be known. */
  async begin(enquiry: Enquiry): Promise<Ruling> {
    if (this.closing) return { kind: 'closing' };
    const ruling = await this.ask(enquiry, false);
    if (ruling.kind !== 'conflict' || enquiry.wait <= 0) return ruling;
    return this.waitingRoom.wait(enquiry, ruling);
  }

  /** How many attempts run, or still try to save, in this process. */
  get attemptsRunning(): number {
    return this.running.size;
  }

  /** Records that somebody waits for in this process. */
  get recordsAwaited(): number {
    return this.waitingRoom.size;
  }

  /**
   * Takes no new work, and waits for running attempts to be stored; what then still waits to be saved gets one last
   * try. All calls together wait up to `grace` ms, counted from the first.
   */
  async drain(grace: number): Promise<void> {
    this.closing = true;
    this.drainEnds ??= performance.now() + grace;
    this.waitingRoom.dismiss();
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, this.drainEnds! - performance.now()));
    });
    await Promise.race([this.idle(), timeIsUp]);
    clearTimeout(timer);
    await Promise.all([...this.running].map((attempt) => attempt.hurry()));
  }

  /** Ends the watch on the store and closes what the store opened. */
  async close(): Promise<void> {
    await this.waitingRoom.close();
    await this.store.close?.();
  }

  /** Resolves when nothing runs, is being saved, or waits for the store to say whether it may run. */
  private async idle(): Promise<void> {
    while (this.asking.size + this.running.size > 0) {
      await Promise.allSettled([...this.asking, ...[...this.running].map((attempt) => attempt.settled)]);
    }
  }

  private async ask(enquiry: Enquiry, waiting: boolean): Promise<Ruling> {
    const asked = this.askStore(enquiry, waiting);
    this.asking.add(asked);
    let ruling: Ruling;
    try {
      ruling = await asked;
    } finally {
      this.asking.delete(asked);
    }
    if (ruling.kind !== 'run' || !this.closing) return ruling;
    // The application began to stop while the store was asked: the retry may run elsewhere at once.
    await ruling.attempt.release();
    return { kind: 'closing' };
  }

  private async askStore(enquiry: Enquiry, waiting: boolean): Promise<Ruling> {
    const claim: Claim = {
      id: enquiry.id,
      fingerprint: enquiry.fingerprint,
      lease: enquiry.lease,
      keep: enquiry.keep,
      waiting,
    };
    let answer = await this.gateway.acquire(claim);
    if (
      isLapsed(answer) &&
      answer.fingerprint !== claim.fingerprint &&
      enquiry.verify(answer.fingerprint) === 'same'
    ) {
      // The same request, fingerprinted by another version or secret: take over under the fingerprint that is kept.
      answer = await this.gateway.acquire({ ...claim, fingerprint: answer.fingerprint });
    }
    return this.rule(enquiry, answer);
  }

  private rule(enquiry: Enquiry, answer: AcquireResult): Ruling {
    if (answer.state === 'acquired') {
      return { kind: 'run', attempt: this.open(enquiry, answer.fence, answer.attempt) };
    }
    if (answer.fingerprint !== enquiry.fingerprint) {
      const verdict = enquiry.verify(answer.fingerprint);
      if (verdict === 'different') return { kind: 'mismatch' };
      if (verdict === 'unknown') {
        throw new RecordUnreadableError(
          'The record was fingerprinted by a version or with a secret that is not known here.',
        );
      }
    }
    switch (answer.state) {
      case 'completed':
        return { kind: 'replay', response: answer.response };
      case 'in-progress':
        return { kind: 'conflict', record: answer };
      default:
        return answer satisfies never;
    }
  }

  private open(enquiry: Enquiry, fence: number, number: number): Attempt {
    const { id, operation, lease, keep } = enquiry;
    const attempt = new Attempt(
      this.gateway,
      { ref: { id, fence }, number, operation, lease, keep },
      this.events,
    );
    this.running.add(attempt);
    void attempt.settled.then(() => this.running.delete(attempt));
    return attempt;
  }
}

function isLapsed(answer: AcquireResult): answer is InProgress {
  return answer.state === 'in-progress' && answer.leaseRemaining === 0;
}

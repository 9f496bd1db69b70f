import { IdempotencyErrorCode } from '../errors/error-codes.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import { RecordUnreadableError } from '../errors/record-unreadable.error.js';
import type {
  Acquired,
  AcquireResult,
  Claim,
  IdempotencyStore,
  InProgress,
  OnLapse,
} from '../store/idempotency-store.js';
import { Attempt } from './attempt.js';
import type { AttemptSurroundings } from './attempt-terms.js';
import { plainEffectKey } from './effect-key.js';
import type { EngineOptions } from './engine-options.js';
import type { EventSink } from './event-sink.js';
import type { FaultPoint, FaultProbe } from './fault-points.js';
import { knownRuling } from './known-ruling.js';
import { operationLabel } from './operation-label.js';
import { StoreGateway } from './store-gateway.js';
import { takeBack, type LostClaim } from './take-back.js';
import { Occupancy } from './occupancy.js';
import { ReplayCache } from './replay-cache.js';
import { isSameInAnotherWay } from './same-in-another-way.js';
import { TimerQueues } from './timer-queue.js';
import { JointQuestions } from './joint-questions.js';
import { newToken } from './tokens.js';
import { WaitingRoom } from './waiting-room.js';
import { Withdrawals } from './withdrawals.js';

export type * from './engine-options.js';

/** One request for a record. Durations in ms. */
export interface Enquiry {
  readonly id: string;
  readonly operation: string;
  readonly fingerprint: string;
  /** Compares a fingerprint kept earlier, perhaps by another version, with this request. */
  readonly verify: (kept: string) => 'same' | 'different' | 'unknown';
  /** Tag of the scope. */
  readonly scope: string;
  /** What an attempt that ends without a word leaves behind. */
  readonly onLapse: OnLapse;
  readonly lease: number;
  /** How long an in-progress record is kept for a late owner. */
  readonly keep: number;
  /** How long an answer is kept, from its completion. @default not known here */
  readonly ttl?: number;
  /** How long to wait for a running attempt; 0 does not wait. */
  readonly wait: number;
  /** A key without a record is too old to begin. @default false */
  readonly onlyKnown?: boolean;
  /** Ends the wait: the client is gone. Asked for only when there is something to wait for. */
  readonly left?: () => AbortSignal;
  /** Part of an attempt that runs: that one cannot end without it, so it is no new work. @default false */
  readonly nested?: boolean;
}

/** What to do with a request. */
export type Ruling =
  | { readonly kind: 'run'; readonly attempt: Attempt }
  | { readonly kind: 'replay'; readonly response: Uint8Array }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'conflict'; readonly record: InProgress }
  /** An earlier attempt ended, nobody knows how, and no other may run. */
  | { readonly kind: 'uncertain' }
  /** Its answer is not kept any more. */
  | { readonly kind: 'expired' }
  /** The application stops and takes no new work. */
  | { readonly kind: 'closing' };

/** The protocol over a store: who runs, who replays, who waits. Knows nothing of HTTP or Nest. */
export class IdempotencyEngine {
  readonly gateway: StoreGateway;
  private readonly running = new Set<Attempt>();
  private readonly questions: JointQuestions;
  private readonly replays: ReplayCache | undefined;
  private readonly waitingRoom: WaitingRoom;
  /** Requests that wait for the store to say whether they may run. */
  private readonly asking = new Occupancy();
  private readonly withdrawals: Withdrawals<LostClaim>;
  private readonly surroundings: AttemptSurroundings;
  private closing = false;
  /** Nothing that runs is waited for any more. */
  private drained = false;
  private drainEnds: number | undefined;
  /** For tests of what happens in between. */
  probe: FaultProbe | undefined;

  constructor(
    readonly store: IdempotencyStore,
    private readonly options: EngineOptions,
    readonly events: EventSink,
  ) {
    this.replays = options.replayCache && new ReplayCache(options.replayCache);
    this.gateway = new StoreGateway(store, options.storeTimeout, this.replays);
    this.questions = new JointQuestions(options.storeTimeout);
    this.waitingRoom = new WaitingRoom(store, options, (enquiry) => this.ask(enquiry, true));
    this.withdrawals = new Withdrawals((claim) => takeBack(this.gateway, claim));
    this.surroundings = {
      gateway: this.gateway,
      replays: this.replays,
      events,
      renewals: new TimerQueues(),
      reach: (point, { operation, ref }, effect) => this.reach(point, operation, ref.id, effect),
      onSettled: (attempt) => {
        this.running.delete(attempt);
        this.waitingRoom.wake(attempt.ref.id);
      },
      onUncertain: ({ ref, operation, number }) => options.onUncertain?.({ ref, operation, attempt: number }),
    };
  }

  /** Decides about a request. Rejects with a store error when the record's state cannot be known. */
  begin(enquiry: Enquiry): Promise<Ruling> {
    if (this.refuses(enquiry)) return Promise.resolve({ kind: 'closing' });
    const known = this.replays && knownRuling(this.replays, enquiry);
    if (known) return Promise.resolve(known);
    return enquiry.onlyKnown || enquiry.wait > 0 ? this.beginWith(enquiry) : this.ask(enquiry, false);
  }

  /** The key that an effect of this name has, whichever attempt has it. */
  effectKey(recordId: string, fingerprint: string, name: string): string {
    return (this.options.effectKey ?? plainEffectKey)(recordId, fingerprint, name);
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
    this.drained = true;
    await Promise.all([...[...this.running].map((attempt) => attempt.hurry()), this.withdrawals.hurry()]);
  }

  /** Ends the watch on the store and closes what the store opened. */
  async close(): Promise<void> {
    await this.waitingRoom.close();
    await this.store.close?.();
  }

  /** Resolves when nothing runs, is being saved, or waits for the store to say whether it may run. */
  private async idle(): Promise<void> {
    while (this.asking.size + this.running.size > 0) {
      await Promise.all([this.asking.emptied(), ...[...this.running].map((attempt) => attempt.settled)]);
    }
  }

  private refuses({ nested = false }: Enquiry): boolean {
    return this.closing && (this.drained || !nested);
  }

  private async beginWith(enquiry: Enquiry): Promise<Ruling> {
    if (enquiry.onlyKnown && !(await this.gateway.look(enquiry.id))) return { kind: 'expired' };
    if (enquiry.wait <= 0) return this.ask(enquiry, false);
    const ruling =
      this.waitingRoom.knows(enquiry) ??
      (await this.questions.ask(enquiry, (asked) => this.ask(asked, false)));
    return ruling.kind === 'conflict' ? this.waitingRoom.wait(enquiry, ruling) : ruling;
  }

  private async ask(enquiry: Enquiry, waiting: boolean): Promise<Ruling> {
    let ruling: Ruling;
    this.asking.enter();
    try {
      if (this.probe) await this.reach('before-acquire', enquiry.operation, enquiry.id);
      const since = this.replays?.moment();
      let claimed = enquiry.fingerprint;
      let answer = await this.claim(enquiry, claimed, waiting);
      if (isSameInAnotherWay(answer, enquiry)) {
        // Take over under the fingerprint that is kept.
        claimed = answer.fingerprint;
        answer = await this.claim(enquiry, claimed, waiting);
      }
      ruling = this.rule(enquiry, answer, claimed);
      if (since && answer.state === 'completed') {
        this.replays!.keep(enquiry.id, answer, enquiry.ttl ?? Infinity, since);
      }
      if (this.probe && ruling.kind === 'run') await this.probeAcquired(ruling.attempt);
    } finally {
      this.asking.leave();
    }
    if (ruling.kind !== 'run') return ruling;
    // Its record ended between two questions.
    const isTooOld = enquiry.onlyKnown === true && ruling.attempt.number === 1;
    // Where the application began to stop while the store was asked, the retry may run elsewhere at once.
    const isRefused = this.refuses(enquiry);
    if (!isRefused && !isTooOld) return ruling;
    await ruling.attempt.release('nothing');
    return { kind: isRefused ? 'closing' : 'expired' };
  }

  private reach(
    point: FaultPoint,
    operation: string,
    recordId: string,
    effect?: string,
  ): Promise<void> | undefined {
    const { probe } = this;
    if (!probe) return undefined;
    const site = { operation, recordId, ...(effect !== undefined && { effect }) };
    return (async () => probe(point, site))();
  }

  private claim(enquiry: Enquiry, fingerprint: string, waiting: boolean): Promise<AcquireResult> {
    const { id, scope, lease, keep, onLapse } = enquiry;
    const token = newToken();
    const operation = operationLabel(enquiry.operation);
    const claim: Claim = { id, fingerprint, lease, keep, onLapse, token, scope, operation, waiting };
    const withdraw = () => this.withdrawals.add({ id, token, onLapse });
    return this.gateway.acquire(claim, withdraw, (error) => {
      if (isIdempotencyError(error, IdempotencyErrorCode.STORE_UNAVAILABLE)) withdraw();
    });
  }

  private async probeAcquired(attempt: Attempt): Promise<void> {
    try {
      await attempt.reach('after-acquire');
    } catch (error) {
      await attempt.release('nothing');
      throw error;
    }
  }

  private rule(enquiry: Enquiry, answer: AcquireResult, claimed: string): Ruling {
    if (answer.state === 'acquired') {
      return { kind: 'run', attempt: this.open(enquiry, answer, claimed) };
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
      case 'uncertain': {
        const { id, operation } = enquiry;
        const { fence, attempt } = answer;
        this.options.onUncertain?.({ ref: { id, fence }, operation, attempt });
        return { kind: 'uncertain' };
      }
      case 'expired':
        return { kind: 'expired' };
      default:
        return answer satisfies never;
    }
  }

  private open(
    enquiry: Enquiry,
    { fence, attempt: number, effects = [] }: Acquired,
    fingerprint: string,
  ): Attempt {
    const { id, operation, lease, keep, onLapse } = enquiry;
    const effectKey = (name: string) => this.effectKey(id, fingerprint, name);
    const ref = { id, fence };
    const terms = { ref, fingerprint, number, operation, lease, keep, onLapse, effects, effectKey };
    const attempt = new Attempt(terms, this.surroundings);
    this.running.add(attempt);
    return attempt;
  }
}

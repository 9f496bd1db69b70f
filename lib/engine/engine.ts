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
  private closing = false;

  constructor(
    readonly store: IdempotencyStore,
    options: EngineOptions,
    readonly events: EventSink,
  ) {
    this.gateway = new StoreGateway(store, options.storeTimeout);
    this.waitingRoom = new WaitingRoom(store, (enquiry) => this.ask(enquiry, true));
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

  /** Takes no new work, and waits up to `grace` ms for running attempts to be stored. */
  async drain(grace: number): Promise<void> {
    this.closing = true;
    this.waitingRoom.dismiss();
    if (this.running.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, grace);
    });
    const allSettled = () => Promise.all([...this.running].map((attempt) => attempt.settled));
    await Promise.race([allSettled(), timeIsUp]);
    clearTimeout(timer);
    for (const attempt of this.running) attempt.hurry();
  }

  /** Ends the watch on the store and closes what the store opened. */
  async close(): Promise<void> {
    await this.waitingRoom.close();
    await this.store.close?.();
  }

  private async ask(enquiry: Enquiry, waiting: boolean): Promise<Ruling> {
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

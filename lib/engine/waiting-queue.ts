import { IdempotencyErrorCode } from '../errors/error-codes.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import type { Enquiry, Ruling } from './engine.js';
import { asConflict, asOwn, type Conflict } from './joint-questions.js';

const { STORE_UNAVAILABLE, STORE_FULL } = IdempotencyErrorCode;

/** A duplicate that waits. It leaves by exactly one of these calls; whoever calls one removes it from its queue. */
export interface Waiter {
  readonly enquiry: Enquiry;
  readonly leave: (ruling: Ruling) => void;
  readonly fail: (error: unknown) => void;
}

/** What a queue needs of the room it is in. */
export interface QueueTerms {
  readonly look: (enquiry: Enquiry) => Promise<Ruling>;
  /** ms between two looks that nobody asked for. */
  readonly interval: number;
  /** Resolves when the store tells of settled records, or cannot. */
  readonly watch: () => Promise<void>;
  readonly onEmpty: () => void;
}

/** ms after its end at which a lease is looked at that ended unannounced. */
const AFTER_LEASE = 10;

/** The waiters of one record, and the loop that looks for them. */
export class WaitingQueue {
  /** With the number of looks that had begun when they came. */
  private readonly waiters = new Map<Waiter, number>();
  private looks = 0;
  private woken = false;
  private endSleep: (() => void) | undefined;
  private started = false;
  /** As the last look saw it. */
  private leaseRemaining: number | undefined;

  constructor(
    /** What all this waiting is for, as last seen; nothing once it is over. */
    public conflict: Conflict | undefined,
    private readonly terms: QueueTerms,
  ) {}

  add(waiter: Waiter): void {
    this.waiters.set(waiter, this.looks);
    if (this.started) return;
    this.started = true;
    void this.run();
  }

  get size(): number {
    return this.waiters.size;
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter);
    if (this.waiters.size === 0) this.wake();
  }

  /** Looks at once; after a look under way, once more. */
  wake(): void {
    this.woken = true;
    this.endSleep?.();
  }

  dismiss(): void {
    for (const waiter of [...this.waiters.keys()]) waiter.leave({ kind: 'closing' });
  }

  private async run(): Promise<void> {
    await this.terms.watch();
    while (this.waiters.size > 0) {
      this.woken = false;
      await this.lookOnce();
      if (this.waiters.size > 0) await this.sleep();
    }
    this.terms.onEmpty();
  }

  /** One look on behalf of all. */
  private async lookOnce(): Promise<void> {
    const [first] = this.waiters.keys();
    if (!first) return;
    this.looks += 1;
    this.leaseRemaining = undefined;
    try {
      await this.share(first, await this.terms.look(first.enquiry));
    } catch (error) {
      this.conflict = undefined;
      // It is known that an attempt ran, so waiting goes on: "the store is down" might run what runs already.
      if (isIdempotencyError(error, STORE_UNAVAILABLE) || isIdempotencyError(error, STORE_FULL)) return;
      for (const waiter of this.present()) waiter.fail(error);
      this.woken = true;
    }
  }

  /** Whoever gets the lease runs; the others go on waiting, or share the answer. */
  private async share(first: Waiter, ruling: Ruling): Promise<void> {
    this.conflict = asConflict(first.enquiry, ruling);
    switch (ruling.kind) {
      case 'run':
        await this.handOver(first, ruling);
        // The next look makes the store announce the end of this new attempt, too.
        this.woken = true;
        return;
      case 'conflict':
        this.leaseRemaining = ruling.record.leaseRemaining;
        return this.sendAwayOthers(first, ruling.record.fingerprint);
      case 'replay':
      case 'mismatch':
      case 'uncertain':
      case 'expired':
      case 'closing':
        for (const waiter of this.withSameQuestion(first)) waiter.leave(asOwn(ruling));
        // Whoever asked something else, or is promised something else, looks for himself.
        this.woken = true;
        return;
      default:
        ruling satisfies never;
    }
  }

  private async handOver(first: Waiter, ruling: Extract<Ruling, { kind: 'run' }>): Promise<void> {
    // The one who asked may have left meanwhile; then the next in line with the same question runs.
    const runner = this.waiters.has(first) ? first : this.withSameQuestion(first)[0];
    if (runner) runner.leave(ruling);
    else await ruling.attempt.release('nothing');
  }

  /** A record that was released may belong to another question now: mismatch comes before conflict. */
  private sendAwayOthers(first: Waiter, kept: string): void {
    for (const waiter of [...this.waiters.keys()]) {
      const { fingerprint, verify } = waiter.enquiry;
      if (fingerprint === first.enquiry.fingerprint || fingerprint === kept) continue;
      if (verify(kept) === 'different') waiter.leave({ kind: 'mismatch' });
    }
  }

  /** An answer is good for who asks the same, and is promised the same: a lease is taken with a guarantee. */
  private withSameQuestion({ enquiry }: Waiter): Waiter[] {
    return this.present().filter(
      ({ enquiry: { fingerprint, onLapse } }) =>
        fingerprint === enquiry.fingerprint && onLapse === enquiry.onLapse,
    );
  }

  /** Those who were there when the last look began; what it found may be older than the others. */
  private present(): Waiter[] {
    return [...this.waiters].filter(([, came]) => came < this.looks).map(([waiter]) => waiter);
  }

  private sleep(): Promise<void> {
    if (this.woken) return Promise.resolve();
    const { interval } = this.terms;
    const ms = Math.min(interval, (this.leaseRemaining ?? interval) + AFTER_LEASE);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.endSleep?.(), ms);
      timer.unref();
      this.endSleep = () => {
        clearTimeout(timer);
        this.endSleep = undefined;
        resolve();
      };
    });
  }
}

import type { IdempotencyStore, Unwatch } from '../store/idempotency-store.js';
import type { Enquiry, Ruling } from './engine.js';

type Conflict = Extract<Ruling, { kind: 'conflict' }>;

interface Waiter {
  readonly enquiry: Enquiry;
  readonly leave: (ruling: Ruling) => void;
  readonly fail: (error: unknown) => void;
}

/** ms between looks when the store says it notifies; a net under a notification that got lost. */
const NET_INTERVAL = 2_000;
/** ms between looks when it does not. */
const POLL_INTERVAL = 250;

/**
 * Where duplicates wait for a running attempt. All waiters of one record in this process share one look at the
 * store, and all records share one watch: a thousand waiters cost what one does.
 */
export class WaitingRoom {
  private readonly queues = new Map<string, Queue>();
  private watching: Promise<Unwatch> | undefined;
  private dismissed = false;

  constructor(
    private readonly store: IdempotencyStore,
    private readonly look: (enquiry: Enquiry) => Promise<Ruling>,
  ) {}

  /** Resolves with the last ruling: what became of the running attempt, or `conflict` when the wait is over. */
  wait(enquiry: Enquiry, conflict: Conflict): Promise<Ruling> {
    if (this.dismissed) return Promise.resolve(conflict);
    return new Promise((resolve, reject) => {
      const queue = this.queueOf(enquiry.id);
      const left = enquiry.left?.();
      const timer = setTimeout(() => leave(conflict), enquiry.wait);
      const onLeft = () => leave(conflict);
      const done = () => {
        clearTimeout(timer);
        left?.removeEventListener('abort', onLeft);
        queue.remove(waiter);
      };
      const leave = (ruling: Ruling) => {
        done();
        resolve(ruling);
      };
      const fail = (error: unknown) => {
        done();
        reject(error);
      };
      const waiter: Waiter = { enquiry, leave, fail };
      if (left?.aborted) return leave(conflict);
      left?.addEventListener('abort', onLeft);
      queue.add(waiter);
    });
  }

  /** Sends everybody away with what is known. */
  dismiss(): void {
    this.dismissed = true;
    for (const queue of this.queues.values()) queue.dismiss();
  }

  async close(): Promise<void> {
    this.dismiss();
    const unwatch = await this.watching?.catch(() => undefined);
    await unwatch?.();
  }

  private queueOf(id: string): Queue {
    let queue = this.queues.get(id);
    if (!queue) {
      const interval = this.store.capabilities.notifies ? NET_INTERVAL : POLL_INTERVAL;
      queue = new Queue(
        this.look,
        interval,
        () => this.watch(),
        () => this.queues.delete(id),
      );
      this.queues.set(id, queue);
    }
    return queue;
  }

  /** Opens the one watch; a store that cannot listen now is looked at by the net until the next waiter tries again. */
  private async watch(): Promise<void> {
    if (!this.store.watch) return;
    this.watching ??= this.store.watch((id) => this.queues.get(id)?.wake());
    try {
      await this.watching;
    } catch {
      this.watching = undefined;
    }
  }
}

/** The waiters of one record, and the loop that looks for them. */
class Queue {
  private readonly waiters = new Set<Waiter>();
  private woken = false;
  private endSleep: (() => void) | undefined;
  private started = false;
  private last: Conflict | undefined;

  constructor(
    private readonly look: (enquiry: Enquiry) => Promise<Ruling>,
    private readonly interval: number,
    private readonly watch: () => Promise<void>,
    private readonly onEmpty: () => void,
  ) {}

  add(waiter: Waiter): void {
    this.waiters.add(waiter);
    if (this.started) return;
    this.started = true;
    void this.run();
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter);
    if (this.waiters.size === 0) this.wake();
  }

  wake(): void {
    this.woken = true;
    this.endSleep?.();
  }

  dismiss(): void {
    for (const waiter of [...this.waiters]) waiter.leave({ kind: 'closing' });
  }

  private async run(): Promise<void> {
    await this.watch();
    while (this.waiters.size > 0) {
      this.woken = false;
      try {
        await this.lookOnce();
      } catch (error) {
        for (const waiter of [...this.waiters]) waiter.fail(error);
      }
      if (this.waiters.size > 0) await this.sleep();
    }
    this.onEmpty();
  }

  /** One look on behalf of all. Whoever gets the lease runs; the others go on waiting, or share the answer. */
  private async lookOnce(): Promise<void> {
    const [first] = this.waiters;
    if (!first) return;
    const ruling = await this.look(first.enquiry);
    switch (ruling.kind) {
      case 'run':
        return this.handOver(first, ruling);
      case 'conflict':
        this.last = ruling;
        return;
      case 'replay':
        for (const waiter of [...this.waiters]) {
          if (waiter.enquiry.fingerprint === first.enquiry.fingerprint) waiter.leave(ruling);
        }
        // Whoever asked something else, of a record that was released meanwhile, looks for himself.
        this.woken = this.waiters.size > 0;
        return;
      case 'mismatch':
      case 'closing':
        return first.leave(ruling);
      default:
        ruling satisfies never;
    }
  }

  private handOver(first: Waiter, ruling: Extract<Ruling, { kind: 'run' }>): Promise<void> | void {
    // The one who asked may have left meanwhile; then the next in line with the same question runs.
    const runner = this.waiters.has(first)
      ? first
      : [...this.waiters].find(({ enquiry }) => enquiry.fingerprint === first.enquiry.fingerprint);
    if (runner) return runner.leave(ruling);
    return ruling.attempt.release().then(() => undefined);
  }

  private sleep(): Promise<void> {
    if (this.woken) return Promise.resolve();
    const remaining = this.last?.record.leaseRemaining ?? this.interval;
    // A lease that ends unannounced is noticed soon after its end.
    const ms = Math.min(this.interval, remaining + 10);
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

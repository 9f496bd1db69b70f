import type { IdempotencyStore, Unwatch } from '../store/idempotency-store.js';
import { Deadline } from './deadline.js';
import type { Enquiry, Ruling } from './engine.js';
import type { Conflict } from './joint-questions.js';
import { WaitingQueue, type Waiter } from './waiting-queue.js';

/** ms between looks when the store says it notifies; a net under a notification that got lost. */
const NET_INTERVAL = 2_000;
/** ms between looks when it does not. */
const POLL_INTERVAL = 250;

export interface WaitingBounds {
  /** ms the store has to begin or end its watch. */
  readonly storeTimeout: number;
  /** Waiters in this process at most; who comes then does not wait. */
  readonly maxWaiters: number;
  /** The same for one record. */
  readonly maxWaitersPerKey: number;
}

/**
 * Where duplicates wait for a running attempt. All waiters of one record in this process share one look at the
 * store, those who come later need none of their own, and all records share one watch: a thousand waiters cost what
 * one does.
 */
export class WaitingRoom {
  private readonly queues = new Map<string, WaitingQueue>();
  private watching: Promise<Unwatch> | undefined;
  private dismissed = false;
  private waiters = 0;
  private readonly deadline: Deadline;

  constructor(
    private readonly store: IdempotencyStore,
    private readonly bounds: WaitingBounds,
    private readonly look: (enquiry: Enquiry) => Promise<Ruling>,
  ) {
    this.deadline = new Deadline(bounds.storeTimeout);
  }

  /** What is known to run while somebody waits for it: who asks the same need not ask the store. */
  knows({ id, fingerprint }: Enquiry): Conflict | undefined {
    const conflict = this.queues.get(id)?.conflict;
    return conflict?.record.fingerprint === fingerprint ? conflict : undefined;
  }

  /** Resolves with the last ruling: what became of the running attempt, or `conflict` when the wait is over. */
  wait(enquiry: Enquiry, conflict: Conflict): Promise<Ruling> {
    const left = enquiry.left?.();
    if (this.dismissed || left?.aborted || this.isFull(enquiry.id)) return Promise.resolve(conflict);
    return new Promise((resolve, reject) => {
      const queue = this.queueOf(enquiry.id, conflict);
      const timer = setTimeout(() => leave(conflict), enquiry.wait);
      const onLeft = () => leave(conflict);
      const done = () => {
        clearTimeout(timer);
        left?.removeEventListener('abort', onLeft);
        this.waiters -= 1;
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
      left?.addEventListener('abort', onLeft);
      this.waiters += 1;
      queue.add(waiter);
    });
  }

  /** An attempt of this process has ended, which the store may be slow to tell, or unable. */
  wake(id: string): void {
    this.queues.get(id)?.wake();
  }

  /** Records that somebody waits for. */
  get size(): number {
    return this.queues.size;
  }

  private isFull(id: string): boolean {
    const { maxWaiters, maxWaitersPerKey } = this.bounds;
    return this.waiters >= maxWaiters || (this.queues.get(id)?.size ?? 0) >= maxWaitersPerKey;
  }

  /** Sends everybody away with what is known. */
  dismiss(): void {
    this.dismissed = true;
    for (const queue of this.queues.values()) queue.dismiss();
  }

  async close(): Promise<void> {
    this.dismiss();
    const { watching } = this;
    if (!watching) return;
    // One that has not begun ends with the store, or as soon as it begins: the application's end does not wait for it.
    await this.deadline.run('unwatch', async () => (await watching)()).catch(() => undefined);
  }

  private queueOf(id: string, conflict: Conflict): WaitingQueue {
    let queue = this.queues.get(id);
    if (!queue) {
      queue = new WaitingQueue(conflict, {
        look: this.look,
        interval: this.store.capabilities.notifies ? NET_INTERVAL : POLL_INTERVAL,
        watch: () => this.watch(),
        onEmpty: () => this.queues.delete(id),
      });
      this.queues.set(id, queue);
    }
    return queue;
  }

  /** Opens the one watch; while the store cannot listen, the net looks, and the next record's first waiter tries again. */
  private async watch(): Promise<void> {
    if (!this.store.watch) return;
    const watching = (this.watching ??= this.open(this.store.watch.bind(this.store)));
    await this.deadline.run('watch', () => watching).catch(() => undefined);
  }

  private async open(watch: NonNullable<IdempotencyStore['watch']>): Promise<Unwatch> {
    try {
      return await watch((id) => this.wake(id));
    } catch (error) {
      this.watching = undefined;
      throw error;
    }
  }
}

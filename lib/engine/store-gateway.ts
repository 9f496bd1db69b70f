import type {
  AcquireResult,
  Claim,
  ClaimRef,
  CompleteResult,
  Effect,
  Happened,
  IdempotencyStore,
  LeaseRef,
  OnLapse,
  RecordDetails,
  RecordPage,
  RecordQuery,
  RemoveResult,
  Resolution,
  ResolveResult,
  Retention,
} from '../store/idempotency-store.js';
import { Deadline } from './deadline.js';
import type { ReplayCache } from './replay-cache.js';

/** ms for a page of a list: it may read much, and no caller of the application waits for it. */
const LIST_TIMEOUT = 30_000;

/**
 * The engine's only way to a store: every operation answers, or rejects with a store error, in time. What operators change
 * here is not answered from memory any more.
 */
export class StoreGateway {
  private readonly deadline: Deadline;
  private readonly listDeadline: Deadline;

  constructor(
    readonly store: IdempotencyStore,
    /** ms */
    timeout: number,
    private readonly replays?: ReplayCache,
  ) {
    this.deadline = new Deadline(timeout);
    this.listDeadline = new Deadline(Math.max(LIST_TIMEOUT, timeout));
  }

  /**
   * `onUnreturned`: the lease came after the deadline, and could not be given back. `onFailed` hears first of what the caller
   * gets for an answer.
   */
  acquire(
    claim: Claim,
    onUnreturned: () => void = () => undefined,
    onFailed?: (error: unknown) => void,
  ): Promise<AcquireResult> {
    return this.deadline.run(
      'acquire',
      () => this.store.acquire(claim),
      (late) => {
        // Nobody is left to run this attempt: give the key back rather than have it wait for the lease to end.
        if (late.state === 'acquired')
          this.release(
            { id: claim.id, fence: late.fence },
            late.effects?.length ? 'unknown' : 'nothing',
          ).catch(onUnreturned);
      },
      onFailed,
    );
  }

  extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    return this.deadline.run('extend', () => this.store.extend(ref, lease, keep));
  }

  complete(ref: LeaseRef, response: Uint8Array, retention: Retention): Promise<CompleteResult> {
    return this.deadline.run('complete', () => this.store.complete(ref, response, retention));
  }

  release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
    return this.deadline.run('release', () => this.store.release(ref, happened));
  }

  recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<'recorded' | 'lost'> {
    return this.deadline.run('recordEffect', () => this.store.recordEffect(ref, effect, onLapse));
  }

  look(id: string): Promise<RecordDetails | undefined> {
    return this.deadline.run('look', () => this.store.look(id));
  }

  list(query: RecordQuery): Promise<RecordPage> {
    return this.listDeadline.run('list', () => this.store.list(query));
  }

  resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
    return this.deadline.run('resolve', () =>
      this.changing(ref.id, () => this.store.resolve(ref, resolution)),
    );
  }

  remove(id: string): Promise<RemoveResult> {
    return this.deadline.run('remove', () => this.changing(id, () => this.store.remove(id)));
  }

  /** Records were erased, perhaps some that the store has not had any more, and that are remembered. */
  forgetAnswers(): void {
    this.replays?.forgetAll();
  }

  /** Whatever the store says, and if it says it too late: the record may be another one from now on. */
  private async changing<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.replays?.forget(id);
    try {
      return await work();
    } finally {
      this.replays?.forget(id);
    }
  }
}

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
import { withDeadline } from './deadline.js';

/** ms for a page of a list: it may read much, and no caller of the application waits for it. */
const LIST_TIMEOUT = 30_000;

/** The engine's only way to a store: every operation answers, or rejects with a store error, in time. */
export class StoreGateway {
  constructor(
    readonly store: IdempotencyStore,
    /** ms */
    private readonly timeout: number,
  ) {}

  /** `onUnreturned`: the lease came after the deadline, and could not be given back. */
  acquire(claim: Claim, onUnreturned: () => void = () => undefined): Promise<AcquireResult> {
    return withDeadline(
      'acquire',
      this.timeout,
      () => this.store.acquire(claim),
      (late) => {
        // Nobody is left to run this attempt: give the key back rather than have it wait for the lease to end.
        if (late.state === 'acquired')
          this.release(
            { id: claim.id, fence: late.fence },
            late.effects?.length ? 'unknown' : 'nothing',
          ).catch(onUnreturned);
      },
    );
  }

  extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    return withDeadline('extend', this.timeout, () => this.store.extend(ref, lease, keep));
  }

  complete(ref: LeaseRef, response: Uint8Array, retention: Retention): Promise<CompleteResult> {
    return withDeadline('complete', this.timeout, () => this.store.complete(ref, response, retention));
  }

  release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
    return withDeadline('release', this.timeout, () => this.store.release(ref, happened));
  }

  recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<'recorded' | 'lost'> {
    return withDeadline('recordEffect', this.timeout, () => this.store.recordEffect(ref, effect, onLapse));
  }

  look(id: string): Promise<RecordDetails | undefined> {
    return withDeadline('look', this.timeout, () => this.store.look(id));
  }

  list(query: RecordQuery): Promise<RecordPage> {
    return withDeadline('list', Math.max(LIST_TIMEOUT, this.timeout), () => this.store.list(query));
  }

  resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
    return withDeadline('resolve', this.timeout, () => this.store.resolve(ref, resolution));
  }

  remove(id: string): Promise<RemoveResult> {
    return withDeadline('remove', this.timeout, () => this.store.remove(id));
  }
}

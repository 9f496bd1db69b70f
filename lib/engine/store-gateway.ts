import type {
  AcquireResult,
  Claim,
  CompleteResult,
  IdempotencyStore,
  LeaseRef,
} from '../store/idempotency-store.js';
import { withDeadline } from './deadline.js';

/** The engine's only way to a store: every operation answers, or rejects with a store error, in time. */
export class StoreGateway {
  constructor(
    readonly store: IdempotencyStore,
    /** ms */
    private readonly timeout: number,
  ) {}

  acquire(claim: Claim): Promise<AcquireResult> {
    return withDeadline(
      'acquire',
      this.timeout,
      () => this.store.acquire(claim),
      (late) => {
        // Nobody is left to run this attempt: give the key back rather than have it wait for the lease to end.
        if (late.state === 'acquired')
          this.release({ id: claim.id, fence: late.fence }).catch(() => undefined);
      },
    );
  }

  extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    return withDeadline('extend', this.timeout, () => this.store.extend(ref, lease, keep));
  }

  complete(ref: LeaseRef, response: Uint8Array, retention: number): Promise<CompleteResult> {
    return withDeadline('complete', this.timeout, () => this.store.complete(ref, response, retention));
  }

  release(ref: LeaseRef): Promise<'released' | 'lost'> {
    return withDeadline('release', this.timeout, () => this.store.release(ref));
  }
}

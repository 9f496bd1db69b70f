import { MemoryStore } from 'nestjs-idempotency';
import type {
  Claim,
  ClaimRef,
  CompleteResult,
  Effect,
  Happened,
  LeaseRef,
  OnLapse,
  RecordQuery,
  Resolution,
  Retention,
} from '../../lib/store/idempotency-store.js';

/** A memory store that remembers which operations were asked of it, and with which record ids and fingerprints. */
export class CountingStore extends MemoryStore {
  readonly calls: string[] = [];
  readonly claims: Claim[] = [];

  override acquire(claim: Claim) {
    this.calls.push('acquire');
    this.claims.push(claim);
    return super.acquire(claim);
  }

  override extend(ref: LeaseRef, lease: number, keep: number) {
    this.calls.push('extend');
    return super.extend(ref, lease, keep);
  }

  override complete(ref: LeaseRef, response: Uint8Array, retention: Retention): Promise<CompleteResult> {
    this.calls.push('complete');
    return super.complete(ref, response, retention);
  }

  override release(ref: LeaseRef | ClaimRef, happened: Happened) {
    this.calls.push('release');
    return super.release(ref, happened);
  }

  override recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse) {
    this.calls.push('recordEffect');
    return super.recordEffect(ref, effect, onLapse);
  }

  override look(id: string) {
    this.calls.push('look');
    return super.look(id);
  }

  override list(query: RecordQuery) {
    this.calls.push('list');
    return super.list(query);
  }

  override resolve(ref: LeaseRef, resolution: Resolution) {
    this.calls.push('resolve');
    return super.resolve(ref, resolution);
  }

  override remove(id: string) {
    this.calls.push('remove');
    return super.remove(id);
  }

  /** Forgets the calls, not the records. */
  forgetCalls(): void {
    this.calls.length = 0;
    this.claims.length = 0;
  }
}

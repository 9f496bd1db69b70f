import { MemoryStore, type Claim, type CompleteResult, type LeaseRef } from 'nestjs-idempotency';

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

  override complete(ref: LeaseRef, response: Uint8Array, retention: number): Promise<CompleteResult> {
    this.calls.push('complete');
    return super.complete(ref, response, retention);
  }

  override release(ref: LeaseRef) {
    this.calls.push('release');
    return super.release(ref);
  }

  /** Forgets the calls, not the records. */
  forgetCalls(): void {
    this.calls.length = 0;
    this.claims.length = 0;
  }
}

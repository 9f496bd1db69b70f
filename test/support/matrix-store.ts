import {
  IdempotencyStore,
  type AcquireResult,
  type Claim,
  type ClaimRef,
  type CompleteResult,
  type Effect,
  type Happened,
  type LeaseRef,
  type OnLapse,
  type RecordQuery,
  type Resolution,
  type Retention,
} from '../../lib/store/idempotency-store.js';
import type { MemoryFault, StoreOperation } from './matrix-protocol.js';

interface PlannedFault {
  readonly operation: StoreOperation;
  readonly fault: MemoryFault;
  readonly tell: () => void;
}

/** A store of which single calls go wrong. */
export class MatrixStoreInMemory extends IdempotencyStore {
  readonly capabilities;
  /** By what the record's id begins with. */
  private readonly plans = new Map<string, PlannedFault>();

  constructor(private readonly store: IdempotencyStore) {
    super();
    this.capabilities = store.capabilities;
  }

  /** The next call goes wrong, and `tell` is told. */
  break(idPrefix: string, plan: PlannedFault): void {
    this.plans.set(idPrefix, plan);
  }

  override acquire(claim: Claim) {
    const untrue: AcquireResult = { state: 'acquired', fence: Date.now() * 1_000, attempt: 1 };
    return this.call<AcquireResult>('acquire', claim.id, untrue, () => this.store.acquire(claim));
  }

  override extend(ref: LeaseRef, lease: number, keep: number) {
    return this.call('extend', ref.id, 'held', () => this.store.extend(ref, lease, keep));
  }

  override complete(ref: LeaseRef, response: Uint8Array, retention: Retention) {
    const untrue = { state: 'completed' } as const;
    return this.call<CompleteResult>('complete', ref.id, untrue, () =>
      this.store.complete(ref, response, retention),
    );
  }

  override release(ref: LeaseRef | ClaimRef, happened: Happened) {
    return this.call('release', ref.id, 'released', () => this.store.release(ref, happened));
  }

  override recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse) {
    return this.store.recordEffect(ref, effect, onLapse);
  }

  override look(id: string) {
    return this.store.look(id);
  }

  override list(query: RecordQuery) {
    return this.store.list(query);
  }

  override resolve(ref: LeaseRef, resolution: Resolution) {
    return this.store.resolve(ref, resolution);
  }

  override remove(id: string) {
    return this.store.remove(id);
  }

  private async call<T>(
    operation: StoreOperation,
    id: string,
    untrue: T,
    work: () => Promise<T>,
  ): Promise<T> {
    const idPrefix = id.slice(0, 11);
    const plan = this.plans.get(idPrefix);
    if (plan?.operation !== operation) return work();
    this.plans.delete(idPrefix);
    plan.tell();
    if (plan.fault === 'the store loses the write') return untrue;
    if (plan.fault === 'its reply is lost') await work();
    return new Promise(() => undefined);
  }
}

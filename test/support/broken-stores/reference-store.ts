import { IdempotencyStore } from '../../../lib/store/idempotency-store.js';
import type {
  AcquireResult,
  Claim,
  Completed,
  CompleteResult,
  InProgress,
  LeaseRef,
  StoreCapabilities,
  Unwatch,
} from '../../../lib/store/idempotency-store.js';
import type { Row, Storage } from './storage.js';

/**
 * The contract in its plainest form, on a storage that several handles share. It is correct; each broken store
 * overrides one of its steps.
 */
export class ReferenceStore extends IdempotencyStore {
  readonly capabilities: StoreCapabilities = {
    name: 'reference',
    durable: true,
    shared: true,
    clock: 'server',
    notifies: true,
  };

  constructor(protected readonly storage: Storage) {
    super();
  }

  override async acquire(claim: Claim): Promise<AcquireResult> {
    const row = this.read(claim.id);
    if (row === undefined) return this.make(claim);
    if (this.mayTakeOver(row, claim)) return this.takeOver(row, claim);
    this.refuse(row, claim);
    return this.describe(row, claim);
  }

  override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    const row = this.read(ref.id);
    if (!row || !this.mayExtend(row, ref)) return 'lost';
    this.prolong(row, lease, keep);
    return 'held';
  }

  override async complete(ref: LeaseRef, response: Uint8Array, retention: number): Promise<CompleteResult> {
    const row = this.read(ref.id);
    if (!row) return { state: 'lost' };
    if (this.mayComplete(row, ref)) {
      this.finish(row, response, retention);
      this.tell(row, 'completed');
      return { state: 'completed' };
    }
    if (row.response && row.fence === ref.fence) return { state: 'completed' };
    return { state: 'lost', record: this.describe(row) };
  }

  override async release(ref: LeaseRef): Promise<'released' | 'lost'> {
    const row = this.read(ref.id);
    if (!row || !this.mayRelease(row, ref)) return 'lost';
    this.drop(row);
    this.tell(row, 'released');
    return 'released';
  }

  override async watch(listener: (id: string) => void): Promise<Unwatch> {
    const entry = { listener };
    this.storage.watches.add(entry);
    return async () => {
      this.storage.watches.delete(entry);
    };
  }

  protected now(): number {
    return this.storage.clock.now();
  }

  /** When something ends that begins now and lasts `ms`. */
  protected after(ms: number): number {
    return this.now() + ms;
  }

  protected keyOf(id: string): string {
    return id;
  }

  protected read(id: string): Row | undefined {
    const row = this.storage.rows.get(this.keyOf(id));
    return row && row.ends > this.now() ? row : undefined;
  }

  protected make(claim: Claim): AcquireResult {
    const row: Row = {
      id: claim.id,
      fingerprint: claim.fingerprint,
      fence: this.nextFence(claim.id),
      attempt: 1,
      made: this.now(),
      leaseEnds: this.after(claim.lease),
      ends: this.after(claim.keep),
      awaited: false,
    };
    this.storage.rows.set(this.keyOf(claim.id), row);
    return { state: 'acquired', fence: row.fence, attempt: 1 };
  }

  protected mayTakeOver(row: Row, claim: Claim): boolean {
    return !row.response && row.leaseEnds <= this.now() && row.fingerprint === claim.fingerprint;
  }

  protected takeOver(row: Row, claim: Claim): AcquireResult {
    row.fence = this.nextFence(row.id);
    row.attempt += 1;
    row.leaseEnds = this.after(claim.lease);
    row.ends = this.after(claim.keep);
    return { state: 'acquired', fence: row.fence, attempt: row.attempt };
  }

  protected refuse(row: Row, claim: Claim): void {
    if (claim.waiting) row.awaited = true;
  }

  protected nextFence(_id: string): number {
    return (this.storage.lastFence += 1);
  }

  protected owns(row: Row, ref: LeaseRef): boolean {
    return !row.response && row.fence === ref.fence;
  }

  protected mayExtend(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref);
  }

  protected mayComplete(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref);
  }

  protected mayRelease(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref);
  }

  protected prolong(row: Row, lease: number, keep: number): void {
    row.leaseEnds = this.after(lease);
    row.ends = this.after(keep);
  }

  protected finish(row: Row, response: Uint8Array, retention: number): void {
    row.response = this.take(response);
    row.ends = this.after(retention);
  }

  protected drop(row: Row): void {
    this.storage.rows.delete(this.keyOf(row.id));
  }

  /** Bytes on their way in. */
  protected take(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(bytes);
  }

  /** Bytes on their way out. */
  protected give(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(bytes);
  }

  protected describe(row: Row, _claim?: Claim): InProgress | Completed {
    const { fingerprint, attempt, response } = row;
    if (response) return { state: 'completed', fingerprint, response: this.give(response) };
    return { state: 'in-progress', fingerprint, attempt, leaseRemaining: this.remaining(row) };
  }

  protected remaining(row: Row): number {
    return Math.max(0, Math.ceil(row.leaseEnds - this.now()));
  }

  protected tell(row: Row, _what: 'completed' | 'released'): void {
    if (!row.awaited) return;
    for (const { listener } of this.storage.watches) {
      try {
        listener(row.id);
      } catch {
        // Contained, as the contract asks.
      }
    }
  }
}

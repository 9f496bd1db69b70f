import { StoreFullError } from '../../errors/store-full.error.js';
import type {
  AcquireResult,
  Claim,
  CompleteResult,
  LeaseRef,
  StoreCapabilities,
  Unwatch,
} from '../idempotency-store.js';
import { IdempotencyStore } from '../idempotency-store.js';
import { MemoryRecords } from './memory-records.js';
import { describeRecord, isOwner } from './memory-record.js';
import type { MemoryRecord } from './memory-record.js';
import type { MemoryStoreOptions, ResolvedMemoryStoreOptions } from './memory-store.options.js';
import { resolveMemoryStoreOptions } from './memory-store.options.js';
import { Watchers } from './watchers.js';

/**
 * Keeps records in this process: for tests, development, and applications that run as exactly one process and
 * may forget their records when they restart.
 *
 * It is bounded and never drops a live record to make room: when it is full, a new key is refused with
 * `StoreFullError`. It sets no timer: whatever is over is removed by later operations, a few at a time.
 *
 * ```ts
 * IdempotencyModule.forRoot({ store: new MemoryStore({ maxRecords: 100_000 }) })
 * ```
 *
 * @throws IdempotencyConfigurationError when an option is not usable
 */
export class MemoryStore extends IdempotencyStore {
  readonly capabilities: StoreCapabilities = Object.freeze({
    name: 'memory',
    durable: false,
    shared: false,
    clock: 'process',
    notifies: true,
  });

  private readonly options: ResolvedMemoryStoreOptions;
  private readonly records = new MemoryRecords();
  private readonly watchers = new Watchers();
  /** One sequence for all records, so that no fence comes twice for any. */
  private lastFence = 0;

  constructor(options: MemoryStoreOptions = {}) {
    super();
    this.options = resolveMemoryStoreOptions(options);
  }

  /** Records held now. Some may be over and not removed yet. */
  get size(): number {
    return this.records.size;
  }

  // Every method does its work without awaiting anything: that is what makes it atomic.

  override async acquire(claim: Claim): Promise<AcquireResult> {
    const now = this.now();
    const record = this.records.find(claim.id, now);
    if (record === undefined) return this.grant(this.make(claim, now));
    if (isFree(record, claim, now)) return this.grant(this.passOn(record, claim, now));
    if (claim.waiting && record.response === undefined) record.awaited = true;
    return describeRecord(record, now);
  }

  override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    const now = this.now();
    const record = this.records.find(ref.id, now);
    if (!isOwner(record, ref.fence)) return 'lost';
    record.leaseEnds = now + lease;
    this.records.keepUntil(record, now + keep);
    return 'held';
  }

  override async complete(ref: LeaseRef, response: Uint8Array, retention: number): Promise<CompleteResult> {
    const now = this.now();
    const record = this.records.find(ref.id, now);
    if (record === undefined) return { state: 'lost' };
    if (record.fence !== ref.fence) return { state: 'lost', record: describeRecord(record, now) };
    if (record.response === undefined) {
      this.records.settle(record, new Uint8Array(response), now + retention);
      this.announce(record);
    }
    return { state: 'completed' };
  }

  override async release(ref: LeaseRef): Promise<'released' | 'lost'> {
    const record = this.records.find(ref.id, this.now());
    if (!isOwner(record, ref.fence)) return 'lost';
    this.records.remove(record);
    this.announce(record);
    return 'released';
  }

  override async watch(listener: (id: string) => void): Promise<Unwatch> {
    return this.watchers.add(listener);
  }

  /** The present; what is over by now is removed, a few records at a time. */
  private now(): number {
    const now = this.options.clock();
    this.records.sweep(now);
    return now;
  }

  private make(claim: Claim, now: number): MemoryRecord {
    const { maxRecords, maxBytes } = this.options;
    while (this.records.size >= maxRecords || this.records.bytes >= maxBytes) {
      if (!this.records.removeOneOver(now)) throw this.full();
    }
    return this.records.add({
      id: claim.id,
      fingerprint: claim.fingerprint,
      fence: 0,
      attempt: 1,
      leaseEnds: now + claim.lease,
      expires: now + claim.keep,
      awaited: false,
      slot: -1,
    });
  }

  private passOn(record: MemoryRecord, claim: Claim, now: number): MemoryRecord {
    record.attempt += 1;
    record.leaseEnds = now + claim.lease;
    this.records.keepUntil(record, now + claim.keep);
    return record;
  }

  private grant(record: MemoryRecord): AcquireResult {
    record.fence = this.lastFence += 1;
    return { state: 'acquired', fence: record.fence, attempt: record.attempt };
  }

  private announce(record: MemoryRecord): void {
    if (record.awaited) this.watchers.tell(record.id);
  }

  private full(): StoreFullError {
    const { size, bytes } = this.records;
    const limit =
      size >= this.options.maxRecords ? `${size} records (maxRecords)` : `${bytes} bytes (maxBytes)`;
    return new StoreFullError(
      `MemoryStore is full: ${limit}, all of them live. ` +
        'Raise the limit, shorten the retention, or use a store that is not bounded by this process.',
    );
  }
}

function isFree(record: MemoryRecord, claim: Claim, now: number): boolean {
  return record.response === undefined && record.leaseEnds <= now && record.fingerprint === claim.fingerprint;
}

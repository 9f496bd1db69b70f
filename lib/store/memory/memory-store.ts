import { StoreFullError } from '../../errors/store-full.error.js';
import type {
  AcquireResult,
  Claim,
  ClaimRef,
  CompleteResult,
  Effect,
  Happened,
  LeaseRef,
  OnLapse,
  RecordDetails,
  RecordEntry,
  RecordPage,
  RecordQuery,
  RemoveResult,
  Resolution,
  ResolveResult,
  Retention,
  StandingRecord,
  StoreCapabilities,
  Unwatch,
} from '../idempotency-store.js';
import { IdempotencyStore } from '../idempotency-store.js';
import { matchingEntry, placeOf } from './memory-query.js';
import {
  describeAcquired,
  describeDetails,
  describeRecord,
  describeTaken,
  endOf,
  isFree,
  isOwner,
  isUncertain,
  newRecord,
} from './memory-record.js';
import type { MemoryRecord } from './memory-record.js';
import { MemoryRecords } from './memory-records.js';
import type { MemoryStoreOptions, ResolvedMemoryStoreOptions } from './memory-store.options.js';
import { resolveMemoryStoreOptions } from './memory-store.options.js';
import { Watchers } from './watchers.js';

/**
 * Keeps records in this process: for tests, development, and applications that run as exactly one process and
 * may forget their records when they restart.
 *
 * It is bounded and never drops a live record to make room, nor an uncertain one: when it is full, a new key is refused
 * with `StoreFullError`. Tombstones are no live records: at `maxRecords` those that end first are dropped, before a new
 * key is refused. It sets no timer: whatever is over is removed by later operations, a few at a time.
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
    verifiesResponses: true,
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
    if (record === undefined) return this.make(claim, now);
    if (isFree(record, claim, now)) return this.passOn(record, claim, now);
    if (claim.waiting && record.phase === 'open') record.awaited = true;
    return describeTaken(record, now, claim.onLapse);
  }

  override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    const now = this.now();
    const record = this.records.find(ref.id, now);
    if (!isOwner(record, ref.fence)) return 'lost';
    record.leaseEnds = now + lease;
    record.keep = keep;
    if (record.onLapse === 'rerun') this.records.keepUntil(record, now + keep);
    return 'held';
  }

  override async complete(
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<CompleteResult> {
    const now = this.now();
    const record = this.records.find(ref.id, now);
    if (record?.phase === 'completed' && record.fence === ref.fence) return { state: 'completed' };
    if (!isOwner(record, ref.fence)) return lost(record, now);
    this.settle(record, response, retention, now);
    return { state: 'completed' };
  }

  override async release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
    const now = this.now();
    const record = this.records.find(ref.id, now);
    if (record?.phase !== 'open') return 'lost';
    if ('token' in ref ? record.token !== ref.token : record.fence !== ref.fence) return 'lost';
    if (happened === 'nothing') this.records.remove(record);
    else record.leaseEnds = Math.min(record.leaseEnds, now);
    this.announce(record);
    return 'released';
  }

  override async recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<'recorded' | 'lost'> {
    const now = this.now();
    const record = this.records.find(ref.id, now);
    if (!isOwner(record, ref.fence)) return 'lost';
    this.records.keepEffect(record, effect);
    if (onLapse !== record.onLapse) {
      record.onLapse = onLapse;
      this.records.keepUntil(record, endOf(record, now));
    }
    return 'recorded';
  }

  override async look(id: string): Promise<RecordDetails | undefined> {
    const now = this.now();
    const record = this.records.find(id, now);
    return record && describeDetails(record, now);
  }

  /** @throws TypeError when the cursor is not the `next` of a page */
  override async list(query: RecordQuery): Promise<RecordPage> {
    const now = this.now();
    const records: RecordEntry[] = [];
    const next = this.records.page(placeOf(query.cursor), now, (record) => {
      const entry = matchingEntry(record, query, now);
      return entry !== undefined && records.push(entry) >= query.limit;
    });
    return next > 0 ? { records, next: String(next) } : { records };
  }

  override async resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
    const now = this.now();
    const record = this.records.find(ref.id, now);
    if (!isOwner(record, ref.fence) || !isUncertain(record, now)) return lost(record, now);
    record.fence = this.nextFence();
    record.note = resolution.note;
    if (resolution.as === 'completed') {
      this.settle(record, resolution.response, resolution.retention, now);
    } else {
      record.phase = 'not-applied';
      this.records.forgetEffects(record);
      this.records.keepUntil(record, now + resolution.keep);
      this.announce(record);
    }
    return { state: 'resolved' };
  }

  override async remove(id: string): Promise<RemoveResult> {
    const now = this.now();
    const record = this.records.find(id, now);
    if (record === undefined) return 'absent';
    if (record.phase === 'open' && record.leaseEnds > now) return 'running';
    this.records.remove(record);
    return 'removed';
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

  private make(claim: Claim, now: number): AcquireResult {
    this.makeRoom(now);
    const record = newRecord(claim, now, this.nextFence());
    this.records.add(record);
    return { state: 'acquired', fence: record.fence, attempt: 1 };
  }

  private passOn(record: MemoryRecord, claim: Claim, now: number): AcquireResult {
    record.phase = 'open';
    record.fingerprint = claim.fingerprint;
    record.scope = claim.scope;
    record.operation = claim.operation;
    record.token = claim.token;
    record.onLapse = claim.onLapse;
    record.fence = this.nextFence();
    record.attempt += 1;
    record.since = now;
    record.leaseEnds = now + claim.lease;
    record.keep = claim.keep;
    this.records.keepUntil(record, endOf(claim, now));
    return describeAcquired(record);
  }

  private settle(record: MemoryRecord, response: Uint8Array, retention: Retention, now: number): void {
    this.records.complete(record, new Uint8Array(response), now + retention.response, retention.tombstone);
    this.announce(record);
  }

  private nextFence(): number {
    return (this.lastFence += 1);
  }

  private makeRoom(now: number): void {
    const { records, options } = this;
    while (records.bytes >= options.maxBytes) if (!records.endOneOver(now)) throw this.full();
    // A sweep has just been: whatever was over is removed, or a tombstone now.
    if (records.size >= options.maxRecords && !records.dropTombstone()) throw this.full();
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

function lost(
  record: MemoryRecord | undefined,
  now: number,
): { readonly state: 'lost'; readonly record?: StandingRecord } {
  return record ? { state: 'lost', record: describeRecord(record, now) } : { state: 'lost' };
}

import type {
  AcquireResult,
  Claim,
  ClaimRef,
  CompleteResult,
  Effect,
  Happened,
  LeaseRef,
  NotApplied,
  OnLapse,
  RecordDetails,
  RecordPage,
  RecordQuery,
  RemoveResult,
  Resolution,
  ResolveResult,
  Retention,
  StandingRecord,
  Unwatch,
} from '../../../lib/store/idempotency-store.js';
import { ReferenceSteps } from './reference-steps.js';

/**
 * The contract in its plainest form, on a storage that several handles share. It is correct; each broken store
 * overrides one of its steps.
 */
export class ReferenceStore extends ReferenceSteps {
  override async acquire(claim: Claim): Promise<AcquireResult> {
    const row = this.read(claim.id);
    if (row === undefined) return this.make(claim);
    if (this.mayTakeOver(row, claim)) return this.takeOver(row, claim);
    this.refuse(row, claim);
    return this.describe(row, claim) as Exclude<StandingRecord, NotApplied>;
  }

  override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    const row = this.read(ref.id);
    if (!row || !this.mayExtend(row, ref)) return 'lost';
    this.prolong(row, lease, keep);
    return 'held';
  }

  override async complete(
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<CompleteResult> {
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

  override async release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
    const row = this.read(ref.id);
    if (!row || !('token' in ref ? this.claimed(row, ref) : this.mayRelease(row, ref))) return 'lost';
    if (happened === 'nothing') this.drop(row);
    else this.lapse(row);
    this.tell(row, 'released');
    return 'released';
  }

  override async recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<'recorded' | 'lost'> {
    const row = this.read(ref.id);
    if (!row || !this.mayRecord(row, ref)) return 'lost';
    this.addEffect(row, effect);
    this.setLapse(row, onLapse);
    return 'recorded';
  }

  override async look(id: string): Promise<RecordDetails | undefined> {
    const row = this.read(id);
    if (!row?.response) return row && this.entry(row);
    return { ...this.entry(row), response: this.give(row.response) };
  }

  override async list(query: RecordQuery): Promise<RecordPage> {
    const entries = [...this.storage.rows.keys()].flatMap((id) => this.matches(id, query));
    const found = entries
      .filter(({ id }) => this.isBehind(id, query.cursor))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const records = found.slice(0, this.pageSize(query));
    const last = records[records.length - 1];
    return last && found.length > records.length ? { records, next: last.id } : { records };
  }

  override async resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
    const row = this.read(ref.id);
    if (!row) return { state: 'lost' };
    if (!this.mayResolve(row, ref)) return { state: 'lost', record: this.describe(row) };
    this.settle(row, resolution);
    this.tell(row, 'resolved');
    return { state: 'resolved' };
  }

  override async remove(id: string): Promise<RemoveResult> {
    const row = this.read(id);
    if (!row) return 'absent';
    if (!this.mayRemove(row)) return 'running';
    this.erase(row);
    return 'removed';
  }

  override async watch(listener: (id: string) => void): Promise<Unwatch> {
    const entry = { listener };
    this.storage.watches.add(entry);
    return async () => {
      this.storage.watches.delete(entry);
    };
  }
}

import { ExpiryQueue } from './expiry-queue.js';
import type { Effect } from '../idempotency-store.js';
import { copyOf, type MemoryRecord } from './memory-record.js';
import { RecordList } from './record-list.js';

/** Records ended per operation at most: more than one operation can add, so that the store always catches up. */
const SWEEP = 16;

/** The records by id, by the time they end and in a list for those who page, kept in step, with the sum of their bytes. */
export class MemoryRecords {
  private readonly byId = new Map<string, MemoryRecord>();
  private readonly list = new RecordList();
  /** Records that are no tombstones. */
  private readonly live = new ExpiryQueue<MemoryRecord>();
  /** Apart from the others, because they may be dropped before their time. */
  private readonly tombstones = new ExpiryQueue<MemoryRecord>();
  private held = 0;

  /** Records, tombstones and those that are over but not removed yet among them. */
  get size(): number {
    return this.byId.size;
  }

  /** Bytes of all responses, and of the results of effects. */
  get bytes(): number {
    return this.held;
  }

  /** The record as it is by now, unless it is over. */
  find(id: string, now: number): MemoryRecord | undefined {
    const record = this.byId.get(id);
    if (record === undefined || record.expires > now) return record;
    return this.end(record, now) ? undefined : record;
  }

  /** Some records that are not over, and where the rest begins: see `RecordList`. */
  page(below: number | undefined, now: number, enough: (record: MemoryRecord) => boolean): number {
    return this.list.walk(below, (record) => {
      const over = record.expires <= now && this.end(record, now);
      return !over && enough(record);
    });
  }

  add(record: MemoryRecord): void {
    this.byId.set(record.id, record);
    this.list.add(record);
    this.live.add(record);
  }

  remove(record: MemoryRecord): void {
    this.queueOf(record).remove(record);
    this.list.remove(record);
    this.byId.delete(record.id);
    this.forgetResponse(record);
    this.forgetEffects(record);
  }

  /** Of a record that is no tombstone. */
  keepUntil(record: MemoryRecord, expires: number): void {
    this.live.move(record, expires);
  }

  /** Completes the record; `response` becomes the store's own. */
  complete(record: MemoryRecord, response: Uint8Array, expires: number, tombstone: number): void {
    record.phase = 'completed';
    record.response = response;
    record.tombstone = tombstone;
    this.held += response.byteLength;
    this.forgetEffects(record);
    this.live.move(record, expires);
  }

  /** Adds the effect, or puts it in the place of the one that has its name. */
  keepEffect(record: MemoryRecord, effect: Effect): void {
    const effects = (record.effects ??= new Map<string, Effect>());
    this.held += sizeOf(effect) - sizeOf(effects.get(effect.name));
    effects.set(effect.name, copyOf(effect));
  }

  forgetEffects(record: MemoryRecord): void {
    for (const effect of record.effects?.values() ?? []) this.held -= sizeOf(effect);
    record.effects = undefined;
  }

  /** Ends a few of the records that are over. */
  sweep(now: number): void {
    for (let i = 0; i < SWEEP && this.endOneOver(now); i++);
  }

  /** Ends a record that is over; false when none is. */
  endOneOver(now: number): boolean {
    const first = isOver(this.live.first, now) ?? isOver(this.tombstones.first, now);
    if (first === undefined) return false;
    this.end(first, now);
    return true;
  }

  /** Removes the tombstone that ends first; false when there is none. */
  dropTombstone(): boolean {
    const first = this.tombstones.first;
    if (first === undefined) return false;
    this.remove(first);
    return true;
  }

  /** What becomes of a record that is over; whether it is gone, and not a tombstone now. */
  private end(record: MemoryRecord, now: number): boolean {
    const ends = record.expires + record.tombstone;
    if (record.phase !== 'completed' || ends <= now) {
      this.remove(record);
      return true;
    }
    this.live.remove(record);
    this.forgetResponse(record);
    record.phase = 'expired';
    record.note = undefined;
    record.expires = ends;
    this.tombstones.add(record);
    return false;
  }

  private forgetResponse(record: MemoryRecord): void {
    this.held -= record.response?.byteLength ?? 0;
    record.response = undefined;
  }

  private queueOf(record: MemoryRecord): ExpiryQueue<MemoryRecord> {
    return record.phase === 'expired' ? this.tombstones : this.live;
  }
}

function sizeOf(effect: Effect | undefined): number {
  return effect?.result?.byteLength ?? 0;
}

function isOver(record: MemoryRecord | undefined, now: number): MemoryRecord | undefined {
  return record !== undefined && record.expires <= now ? record : undefined;
}

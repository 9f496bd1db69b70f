import { ExpiryQueue } from './expiry-queue.js';
import type { MemoryRecord } from './memory-record.js';

/** Records removed per operation at most: more than one operation can add, so that the store always catches up. */
const SWEEP = 16;

/** The records by id and by the time they end, kept in step, with the sum of their bytes. */
export class MemoryRecords {
  private readonly byId = new Map<string, MemoryRecord>();
  private readonly byEnd = new ExpiryQueue<MemoryRecord>();
  private held = 0;

  /** Records, those that are over but not removed yet among them. */
  get size(): number {
    return this.byId.size;
  }

  /** Bytes of all responses. */
  get bytes(): number {
    return this.held;
  }

  /** The record, unless it is over. */
  find(id: string, now: number): MemoryRecord | undefined {
    const record = this.byId.get(id);
    if (record === undefined || record.expires > now) return record;
    this.remove(record);
    return undefined;
  }

  add(record: MemoryRecord): MemoryRecord {
    this.byId.set(record.id, record);
    this.byEnd.add(record);
    return record;
  }

  remove(record: MemoryRecord): void {
    this.byId.delete(record.id);
    this.byEnd.remove(record);
    this.held -= record.response?.byteLength ?? 0;
  }

  keepUntil(record: MemoryRecord, expires: number): void {
    this.byEnd.move(record, expires);
  }

  /** Completes the record; `response` becomes the store's own. */
  settle(record: MemoryRecord, response: Uint8Array, expires: number): void {
    record.response = response;
    this.held += response.byteLength;
    this.byEnd.move(record, expires);
  }

  /** Removes a few of the records that are over. */
  sweep(now: number): void {
    for (let i = 0; i < SWEEP && this.removeOneOver(now); i++);
  }

  /** Removes a record that is over; false when all are live. */
  removeOneOver(now: number): boolean {
    const first = this.byEnd.first;
    if (first === undefined || first.expires > now) return false;
    this.remove(first);
    return true;
  }
}

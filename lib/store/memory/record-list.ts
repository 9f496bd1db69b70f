import type { MemoryRecord } from './memory-record.js';

/** Records looked at per page at most, so that nobody else waits long for a page that few records fit. */
const CHUNK = 4096;

/**
 * All records, to be paged through while they come and go. A page goes from the end to the beginning, and the place of
 * a record that is taken out is filled with the last one: a record moves only to places that are not behind it on that
 * way, so that one that is there all the time is met at least once.
 */
export class RecordList {
  private readonly records: MemoryRecord[] = [];

  add(record: MemoryRecord): void {
    record.place = this.records.length;
    this.records.push(record);
  }

  remove(record: MemoryRecord): void {
    const last = this.records[this.records.length - 1] as MemoryRecord;
    this.records[record.place] = last;
    last.place = record.place;
    // As in the expiry queue: setting the length gives the memory back.
    this.records.length -= 1;
  }

  /**
   * Visits records below the place `below` (absent: all), until `visit` says true or a chunk is done. `visit` may remove
   * the record it is given. Returns below which place the next page begins; 0 when all have been visited.
   */
  walk(below: number | undefined, visit: (record: MemoryRecord) => boolean): number {
    let place = Math.min(below ?? Infinity, this.records.length);
    const end = Math.max(0, place - CHUNK);
    while (place > end) {
      place -= 1;
      if (visit(this.records[place] as MemoryRecord)) break;
    }
    return place;
  }
}

import type { RecordEntry, RecordQuery } from '../idempotency-store.js';
import { describeEntry } from './memory-record.js';
import type { MemoryRecord } from './memory-record.js';

/** The entry of a record that `query` asks for. */
export function matchingEntry(
  record: MemoryRecord,
  query: RecordQuery,
  now: number,
): RecordEntry | undefined {
  const { states, scopes, idPrefix, runningFor } = query;
  // What needs no entry comes first: most records of a page are not asked for.
  if (idPrefix !== undefined && !record.id.startsWith(idPrefix)) return undefined;
  if (scopes && !scopes.includes(record.scope)) return undefined;
  if (runningFor !== undefined && (record.phase !== 'open' || now - record.since < runningFor))
    return undefined;
  const entry = describeEntry(record, now);
  return !states || states.includes(entry.state) ? entry : undefined;
}

/**
 * The place that a cursor stands for; absent for the first page.
 *
 * @throws TypeError when it is not the `next` of a page
 */
export function placeOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const place = Number(cursor);
  if (/^[1-9]\d*$/.test(cursor) && Number.isSafeInteger(place)) return place;
  throw new TypeError('MemoryStore: this cursor is not the `next` of a page.');
}

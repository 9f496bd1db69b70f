import assert from 'node:assert/strict';

import type { IdempotencyStore, RecordEntry, RecordQuery } from '../../store/idempotency-store.js';

/** Pages after which a list counts as endless: more than any storage that a test uses needs. */
const MANY = 100_000;

/** All pages of a list, one by one. */
export async function* pagesOf(
  store: IdempotencyStore,
  query: RecordQuery,
): AsyncGenerator<readonly RecordEntry[]> {
  let cursor: string | undefined;
  for (let page = 0; page < MANY; page++) {
    const { records, next } = await store.list(cursor === undefined ? query : { ...query, cursor });
    assert.ok(records.length <= query.limit, `${records.length} records on a page of ${query.limit}`);
    yield records;
    if (next === undefined) return;
    assert.equal(typeof next, 'string');
    cursor = next;
  }
  assert.fail('the list has no end');
}

/** All entries that a list finds, by id. */
export async function listed(
  store: IdempotencyStore,
  query: Omit<RecordQuery, 'limit' | 'cursor'>,
  limit = 1000,
): Promise<ReadonlyMap<string, RecordEntry>> {
  const found = new Map<string, RecordEntry>();
  for await (const records of pagesOf(store, { ...query, limit })) {
    for (const record of records) found.set(record.id, record);
  }
  return found;
}

/** Fails unless a list found exactly the records with these ids. */
export function expectIds(found: ReadonlyMap<string, RecordEntry>, ids: readonly string[]): void {
  assert.deepEqual([...found.keys()].sort(), [...ids].sort());
}

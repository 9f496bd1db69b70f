import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresClient } from '../../lib/store/postgres/index.js';
import { openPlace, type Place } from '../support/postgres-store.js';
import { begin, claimOf, HOUR, KEPT, RESPONSE } from '../support/redis-round-trip.js';

const SHORT = { lease: 1, keep: 1 };

/** Completed records, over long ago. */
const MANY = `INSERT INTO $table (id, format, phase, fingerprint, scope, operation, token, call_id, strict, fence, attempt,
  taken, lease_ends, keep, ends, awaited, response, response_ends, checksum)
SELECT 'over-' || i, 1, 'completed', 'v1:f', 's', '', '', '', 0, 1, 1, 1, 1, 1, 2, 0, '\\x00', 1, 0
FROM generate_series(1, $1::int) AS i`;

describe('the purge of a PostgresStore', () => {
  let place: Place;
  beforeEach(async () => (place = await openPlace()));
  afterEach(() => place.close());

  const ids = async () =>
    (await place.rows<{ id: string }>('SELECT id FROM $table')).map(({ id }) => id).sort();

  it('[B52] never touches a live or an uncertain record', async () => {
    const store = place.store();
    const running = await begin(store);
    const uncertain = await begin(store, { ...SHORT, onLapse: 'uncertain' });
    const late = await begin(store, { lease: 1, keep: HOUR });
    const done = await begin(store);
    await store.complete(done.ref, RESPONSE, KEPT);
    const settled = await begin(store, { onLapse: 'uncertain' });
    await store.release(settled.ref, 'unknown');
    await store.resolve(settled.ref, { as: 'not-applied', keep: HOUR, note: 'n' });
    const marked = await begin(store, { lease: 1, keep: HOUR });
    await store.recordEffect(marked.ref, { name: 'charge' }, 'uncertain');
    const tombstone = await begin(store);
    await store.complete(tombstone.ref, RESPONSE, { response: 1, tombstone: HOUR });
    const kept = [running, uncertain, late, done, settled, marked, tombstone].map(({ ref }) => ref.id).sort();
    await begin(store, SHORT);
    const over = await begin(store);
    await store.complete(over.ref, RESPONSE, { response: 1, tombstone: 0 });
    await sleep(10);
    // Two rows are over; of the tombstone, the response is.
    expect(await store.purge()).toBe(3);
    expect(await ids()).toEqual(kept);
    expect(await store.purge()).toBe(0);
    expect(await store.acquire(tombstone.claim)).toMatchObject({ state: 'expired' });
    const [row] = await place.rows('SELECT * FROM $table WHERE id = $1', [tombstone.ref.id]);
    const { fingerprint, scope } = tombstone.claim;
    expect(row).toMatchObject({ fingerprint, scope, response: null, note: null, token: '', operation: '' });
  });

  it('[B52] takes a batch at a time, many processes at once, and counts each row once', async () => {
    await place.rows(MANY, [2_500]);
    await place.rows('UPDATE $table SET response = NULL');
    const counts = await Promise.all([1, 2, 3].map(() => place.store().purge({ batch: 100 })));
    expect(counts.reduce((sum, count) => sum + count)).toBe(2_500);
    expect(await ids()).toEqual([]);
    await expect(place.store().purge({ batch: 0 })).rejects.toThrow(RangeError);
  });

  it('[B65] of 100,000 records blocks no claim, not even on what it is about to remove', async () => {
    await place.rows(MANY, [100_000]);
    const client = await place.pool.connect();
    await client.query('BEGIN');
    // Gone, and not yet committed.
    expect(await place.store({ client }).purge({ batch: 50_000 })).toBe(100_000);
    const store = place.store();
    const { claim, ref } = await begin(store);
    expect(await store.complete(ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
    expect(await store.acquire(claim)).toMatchObject({ state: 'completed' });
    expect(await store.purge()).toBe(0);
    const reused = store.acquire({ ...claim, id: 'over-7' });
    await client.query('COMMIT');
    client.release();
    expect(await reused).toMatchObject({ state: 'acquired', attempt: 1 });
    expect(await ids()).toEqual([claim.id, 'over-7'].sort());
  });

  it('[B65] finds what is over, and claims find theirs, by an index, however many there are', async () => {
    await place.rows(MANY, [20_000]);
    await place.rows('ANALYZE $table');
    const plans: string[] = [];
    const client: PostgresClient = {
      query: async (text, values) => {
        const { rows } = await place.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return { rows: [] };
      },
    };
    const store = place.store({ client });
    const ref = { id: 'over-7', fence: 1 };
    await store.purge();
    await store.acquire(claimOf()).catch(() => undefined);
    await store.extend(ref, HOUR, HOUR);
    await store.complete(ref, RESPONSE, KEPT);
    await store.release(ref, 'nothing');
    await store.look(ref.id);
    await store.remove(ref.id);
    await store.list({ limit: 10, states: ['uncertain'] });
    await store.list({ limit: 10, idPrefix: 'over-7' });
    await store.list({ limit: 10, scopes: ['s'], cursor: 'over-7' });
    // Two for the purge: one removes, one empties.
    expect(plans).toHaveLength(11);
    for (const plan of plans) {
      expect(plan).toMatch(/Index .*idempotency_records/);
      expect(plan).not.toMatch(/Seq Scan on .*idempotency_records/);
    }
  });

  it('happens by itself, and keeps no process from ending', async () => {
    await place.rows(MANY, [10]);
    const store = place.store({ purgeInterval: 5 });
    await store.start();
    while ((await ids()).length > 0) await sleep(5);
    await store.close();
  });
});

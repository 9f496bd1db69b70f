import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { databaseUrl, openPlace, type Place } from '../support/postgres-store.js';
import { begin, KEPT, nextSettled, RESPONSE } from '../support/redis-round-trip.js';
import { describeEffects } from '../support/sql-store-checks.js';

describe('a PostgresStore and what a handler writes', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
    await place.pool.query(
      `CREATE TABLE "${place.schema}".orders (id text, xid xid8 DEFAULT pg_current_xact_id())`,
    );
  });
  afterAll(() => place.close());

  const order = `INSERT INTO "$schema".orders (id) VALUES ($1)`;
  const insert = () => order.replace('$schema', place.schema);
  const orders = (id: string) =>
    place.pool.query(`SELECT * FROM "${place.schema}".orders WHERE id = $1`, [id]);

  it.each(['COMMIT', 'ROLLBACK'])(
    'the record is completed by the transaction or not at all: %s',
    async (end) => {
      const store = place.store();
      const { claim, ref } = await begin(store);
      const client = await place.pool.connect();
      await client.query('BEGIN');
      await client.query(insert(), [ref.id]);
      expect(await store.completeWithin(client, ref, RESPONSE, KEPT)).toBe('completed');
      // Until the commit nobody sees it, and nobody waits for it.
      expect(await store.acquire(claim)).toMatchObject({ state: 'in-progress' });
      await client.query(end);
      client.release();
      const committed = end === 'COMMIT';
      expect(await store.acquire(claim)).toMatchObject({ state: committed ? 'completed' : 'in-progress' });
      expect((await orders(ref.id)).rowCount).toBe(committed ? 1 : 0);
    },
  );

  it('order and record are of one transaction', async () => {
    const store = place.store();
    const { ref } = await begin(store);
    const client = await place.pool.connect();
    await client.query('BEGIN');
    await client.query(insert(), [ref.id]);
    await store.completeWithin(client, ref, RESPONSE, KEPT);
    await client.query('COMMIT');
    client.release();
    const [row] = await place.rows<{ same: boolean }>(
      `SELECT r.xmin = o.xmin AS same FROM $table AS r JOIN "${place.schema}".orders AS o USING (id) WHERE id = $1`,
      [ref.id],
    );
    expect(row).toEqual({ same: true });
  });

  it('who waits is told by the commit', async () => {
    const store = place.store();
    const { claim, ref } = await begin(store);
    const { told, unwatch } = await nextSettled(store, ref.id);
    await store.acquire({ ...claim, waiting: true });
    const client = await place.pool.connect();
    await client.query('BEGIN');
    await store.completeWithin(client, ref, RESPONSE, KEPT);
    await client.query('COMMIT');
    client.release();
    expect(await told).toBe(ref.id);
    await unwatch();
  });

  it('a stale owner is told that it lost, and can roll back', async () => {
    const store = place.store();
    const { claim, ref } = await begin(store);
    await store.release(ref, 'unknown');
    const client = await place.pool.connect();
    await client.query('BEGIN');
    await client.query(insert(), [ref.id]);
    expect(await store.acquire(claim)).toMatchObject({ state: 'acquired', attempt: 2 });
    expect(await store.completeWithin(client, ref, RESPONSE, KEPT)).toBe('lost');
    await client.query('ROLLBACK');
    client.release();
    expect((await orders(ref.id)).rowCount).toBe(0);
  });

  it('a takeover waits for a transaction that has completed the record, and is told its answer', async () => {
    const store = place.store();
    const { claim, ref } = await begin(store);
    await store.release(ref, 'unknown');
    const client = await place.pool.connect();
    await client.query('BEGIN');
    await store.completeWithin(client, ref, RESPONSE, KEPT);
    const taken = store.acquire(claim);
    const blocked = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`;
    while ((await place.rows(blocked, [`%${place.schema}%`])).length === 0) await sleep(1);
    await client.query('COMMIT');
    client.release();
    expect(await taken).toMatchObject({ state: 'completed', response: RESPONSE });
  });

  it('a serialization failure is passed on with its code: the whole transaction is to be run again', async () => {
    const store = place.store();
    const { ref } = await begin(store);
    const client = await place.pool.connect();
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    await client.query('SELECT 1');
    await store.extend(ref, 60_000, 60_000);
    await expect(store.completeWithin(client, ref, RESPONSE, KEPT)).rejects.toMatchObject({
      code: IdempotencyErrorCode.STORE_UNAVAILABLE,
      cause: { code: '40001' },
    });
    await client.query('ROLLBACK');
    client.release();
  });

  it('a transaction of the package postgres is refused: it does not end with its connection', async () => {
    const store = place.store();
    const { claim, ref } = await begin(store);
    const sql = postgres(databaseUrl(), { onnotice: () => undefined });
    const commit = sql.begin((tx) => store.completeWithin(tx as never, ref, RESPONSE, KEPT));
    await expect(commit).rejects.toMatchObject({
      code: IdempotencyErrorCode.CONFIGURATION,
      message: expect.stringMatching(/Use pgTransactions/) as string,
    });
    expect(await store.acquire(claim)).toMatchObject({ state: 'in-progress' });
    await sql.end();
  });

  describeEffects(() => place.store());
});

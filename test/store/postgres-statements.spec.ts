import postgres from 'postgres';
import type { PostgresClient } from '../../lib/store/postgres/index.js';
import { databaseUrl, openPlace, openPool, type Place } from '../support/postgres-store.js';
import { begin, claimOf, HOUR, KEPT, listed, RESPONSE, roundTrip } from '../support/redis-round-trip.js';

const other = { fingerprint: 'v1:other' };

describe('what PostgresStore asks of Postgres', () => {
  let place: Place;
  let client: PostgresClient & { sent: number };
  beforeAll(async () => {
    place = await openPlace();
    const query: PostgresClient['query'] = (text, values) => {
      client.sent++;
      return place.pool.query(text, values);
    };
    client = { sent: 0, query };
  });
  afterAll(() => place.close());

  async function sent(run: () => Promise<unknown>): Promise<number> {
    const before = client.sent;
    await run();
    return client.sent - before;
  }

  it('[B52] a first request is two statements', async () => {
    const store = place.store({ client });
    expect(await sent(async () => store.complete((await begin(store)).ref, RESPONSE, KEPT))).toBe(2);
  });

  it('[B52] all else is one statement', async () => {
    const store = place.store({ client });
    const { claim, ref } = await begin(store, { onLapse: 'uncertain' });
    expect(await sent(() => store.acquire({ ...claim, waiting: true }))).toBe(1);
    expect(await sent(() => store.acquire({ ...claim, ...other }))).toBe(1);
    expect(await sent(() => store.extend(ref, HOUR, HOUR))).toBe(1);
    expect(await sent(() => store.recordEffect(ref, { name: 'charge' }, 'uncertain'))).toBe(1);
    expect(await sent(() => store.release(ref, 'unknown'))).toBe(1);
    expect(await sent(() => store.look(claim.id))).toBe(1);
    expect(await sent(() => store.resolve(ref, { as: 'not-applied', keep: HOUR, note: 'n' }))).toBe(1);
    const again = await begin(store);
    await store.complete(again.ref, RESPONSE, KEPT);
    expect(await sent(() => store.acquire(again.claim))).toBe(1);
    expect(await sent(() => store.complete(ref, RESPONSE, KEPT))).toBe(1);
    expect(await sent(() => listed(store, { idPrefix: again.claim.id }))).toBe(1);
    expect(await sent(() => store.remove(again.claim.id))).toBe(1);
  });

  it('a replay neither writes nor locks', async () => {
    const store = place.store();
    const { claim, ref } = await begin(store);
    await store.complete(ref, RESPONSE, KEPT);
    const version = () =>
      place.rows('SELECT xmin::text, xmax::text, ctid::text FROM $table WHERE id = $1', [claim.id]);
    const before = await version();
    for (let i = 0; i < 3; i++) await store.acquire({ ...claim, waiting: true });
    expect(await version()).toEqual(before);
  });

  it('[B52] works where every statement may get another connection, without anything of a session', async () => {
    const pools = [openPool({ max: 1 }), openPool({ max: 1 }), openPool({ max: 1 })];
    let turn = 0;
    // What a pooler in transaction mode does at its strictest.
    const pooler: PostgresClient = {
      query: async (text, values) => {
        const pool = pools[turn++ % pools.length]!;
        const answer = await pool.query(text, values);
        await pool.query('DISCARD ALL');
        return answer;
      },
    };
    const direct = place.store();
    const store = place.store({ client: pooler, listen: false });
    await store.start();
    expect(store.capabilities.notifies).toBe(false);
    expect(store.watch).toBeUndefined();
    for (let i = 0; i < 3; i++) {
      const { claim, ref } = await begin(store);
      expect(await direct.extend(ref, HOUR, HOUR)).toBe('held');
      expect(await store.complete(ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
      expect(await store.acquire(claim)).toMatchObject({ state: 'completed' });
      await store.purge();
    }
    await store.close();
    await Promise.all(pools.map((pool) => pool.end()));
  });

  it.each([
    ['is a round trip: the package postgres prepares each once', {}, true],
    ['is not prepared where the package postgres is told to prepare nothing', { prepare: false }, false],
  ])('a statement %s', async (_what, options, prepares) => {
    const sql = postgres(databaseUrl(), { max: 1, onnotice: () => undefined, ...options });
    const store = place.store({ client: sql });
    for (let i = 0; i < 2; i++) await store.complete((await begin(store)).ref, RESPONSE, KEPT);
    const [row] = await sql.unsafe<{ count: string }[]>(
      `SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%idempotency_records%'`,
    );
    expect(row).toEqual({ count: prepares ? '2' : '0' });
    await sql.end();
  });

  it('listens on a connection of its own: a pool of one is still free', async () => {
    const pool = openPool({ max: 1 });
    const store = place.store({ client: pool });
    await roundTrip(store);
    expect(pool.totalCount).toBe(1);
    await pool.end();
  });

  it('waits for the only connection while a handler has it, and goes on after', async () => {
    const pool = openPool({ max: 1 });
    const store = place.store({ client: pool });
    const handler = await pool.connect();
    const acquired = store.acquire(claimOf());
    const { rows } = await handler.query('SELECT 1 AS one');
    expect(rows).toEqual([{ one: 1 }]);
    handler.release();
    expect(await acquired).toMatchObject({ state: 'acquired' });
    await pool.end();
  });
});

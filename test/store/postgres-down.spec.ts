import { setTimeout as sleep } from 'node:timers/promises';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { postgresNames } from '../../lib/store/postgres/postgres-names.js';
import { openPg, openPostgresJs, type OpenClient } from '../support/postgres-clients.js';
import { databaseUrl, openPlace } from '../support/postgres-store.js';
import { startPostgres } from '../support/postgres-server.mjs';
import {
  begin,
  claimOf,
  KEPT,
  nextSettled,
  RESPONSE,
  roundTrip,
  settleUntil,
} from '../support/redis-round-trip.js';

const unavailable = { code: IdempotencyErrorCode.STORE_UNAVAILABLE };

describe('[B48] a Postgres that is gone', () => {
  it('[B52] a backend that is terminated during an operation makes it fail, and nothing is known', async () => {
    const place = await openPlace();
    const store = place.store();
    const { claim, ref } = await begin(store);
    const client = await place.pool.connect();
    await client.query('BEGIN');
    await place.store({ client }).extend(ref, 1_000, 1_000);
    const completed = store.complete(ref, RESPONSE, KEPT);
    const failed = expect(completed).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('57P01') as string,
    });
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND query LIKE $1`;
    while ((await place.rows(terminate, [`%${place.schema}%`])).length === 0) await sleep(1);
    await failed;
    await client.query('ROLLBACK');
    client.release();
    expect(await store.acquire(claim)).toMatchObject({ state: 'in-progress' });
    expect(await store.complete(ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
    await place.close();
  });

  it('neither message nor cause of an error shows a response or a key', async () => {
    const place = await openPlace();
    await place.rows(`ALTER TABLE $table ADD CONSTRAINT short CHECK (octet_length(response) < 3)`);
    const store = place.store();
    const { ref } = await begin(store);
    const response = Buffer.from('secret answer');
    const error = await store.complete(ref, response, KEPT).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ ...unavailable, message: expect.stringContaining('23514') as string });
    const shown = JSON.stringify(
      [error, (error as Error).cause, String((error as Error).cause)],
      (_, value: unknown) =>
        value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value,
    );
    for (const secret of [ref.id, 'secret', response.toString('hex')]) expect(shown).not.toContain(secret);
    await place.close();
  });

  it('a table that is not there says what to run', async () => {
    const place = await openPlace({ migrated: false });
    await expect(place.store().acquire(claimOf())).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/42P01.*npx nestjs-idempotency migrate/) as string,
    });
    await place.close();
  });

  const listeners: readonly [string, (connectionString: string) => OpenClient][] = [
    ['a pg Pool', (connectionString) => openPg({ connectionString })],
    ['the package postgres', (url) => openPostgresJs({}, url)],
  ];

  it.each(listeners)('a listening connection of %s that is terminated comes back', async (_name, open) => {
    const place = await openPlace();
    const client = open(databaseUrl());
    const store = place.store(client.options);
    const { told, unwatch } = await nextSettled(store);
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE $1`;
    const listening = `listen "${postgresNames(place.schema).channel}"`;
    expect(await place.rows(terminate, [listening])).toHaveLength(1);
    await settleUntil(told, store);
    await unwatch();
    await store.close();
    await client.close();
    await place.close();
  });

  it.each(listeners)('a watch on %s that cannot begin says so', async (_name, open) => {
    const place = await openPlace();
    const client = open(`${databaseUrl()}_that_does_not_exist`);
    const store = place.store(client.options);
    for (let i = 0; i < 2; i++) {
      await expect(store.watch!(() => undefined)).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringContaining('3D000') as string,
      });
    }
    await store.close();
    await client.close();
    await place.close();
  });

  it('restarts in the middle: what is under way fails, and records, fences and watches are still there after', async () => {
    const server = await startPostgres();
    const place = await openPlace({ connectionString: server.url });
    const clients = listeners.map(([, open]) => open(server.url));
    const stores = clients.map(({ options }) => place.store(options));
    const before = await Promise.all(
      stores.map(async (store) => {
        const [running, done] = [await begin(store), await begin(store)];
        await store.complete(done.ref, RESPONSE, KEPT);
        return { store, running, done, watch: await nextSettled(store) };
      }),
    );
    await server.halt();
    for (const store of stores) await expect(store.acquire(claimOf())).rejects.toMatchObject(unavailable);
    await server.start();
    for (const { store, running, done, watch } of before) {
      expect(await store.acquire(done.claim)).toMatchObject({ state: 'completed', response: RESPONSE });
      const next = await begin(store);
      expect(next.ref.fence).toBeGreaterThan(done.ref.fence);
      expect(await store.complete(running.ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
      await settleUntil(watch.told, store);
      await watch.unwatch();
      await roundTrip(store);
      await store.close();
    }
    for (const client of clients) await client.close();
    await place.close();
    await server.stop();
  });
});

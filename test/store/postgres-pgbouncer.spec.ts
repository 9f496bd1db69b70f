import { describeStoreConformance } from '../../lib/testing/index.js';
import { openPastPgbouncer, openPostgresJs, type OpenClient } from '../support/postgres-clients.js';
import { startPgbouncer, type Pgbouncer } from '../support/pgbouncer.mjs';
import { databaseUrl, openPlace, type Place } from '../support/postgres-store.js';
import { begin, KEPT, RESPONSE } from '../support/redis-round-trip.js';
import { sideBySide } from '../support/side-by-side.js';

describe('[B52] a PostgresStore behind a PgBouncer in transaction mode, with one connection for all', () => {
  let place: Place;
  let pooler: Pgbouncer;
  let client: OpenClient;
  beforeAll(async () => {
    place = await openPlace();
    pooler = await startPgbouncer({ url: databaseUrl(), poolSize: 1 });
    client = openPastPgbouncer(pooler.url);
  });
  afterAll(async () => {
    await client.close();
    await pooler.stop();
    await place.close();
  });

  describeStoreConformance({
    name: '[B46] PostgresStore on a pool of one behind PgBouncer',
    runner: sideBySide(),
    create: () => place.store(client.options),
  });

  it('is set up through it, and purges', async () => {
    const store = place.store({ ...client.options, table: 'set_up', migrate: true });
    await store.start();
    const { ref } = await begin(store);
    await store.complete(ref, RESPONSE, { ...KEPT, response: 1 });
    await store.release((await begin(store, { keep: 1, lease: 1 })).ref, 'unknown');
    while ((await store.purge()) === 0);
    await store.close();
  });

  it('the package postgres works, too, when it is told to prepare nothing', async () => {
    const { options, close } = openPostgresJs({ prepare: false }, pooler.url);
    const store = place.store({ ...options, listen: false });
    await store.start();
    for (let i = 0; i < 3; i++) {
      const { claim, ref } = await begin(store);
      expect(await store.complete(ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
      expect(await store.acquire(claim)).toMatchObject({ state: 'completed', response: RESPONSE });
    }
    await store.close();
    await close();
  });
});

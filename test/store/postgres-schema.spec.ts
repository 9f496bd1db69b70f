import { PostgresStore, postgresMigrations } from '../../lib/store/postgres/index.js';
import { openPlace, openPool, type Place } from '../support/postgres-store.js';
import { roundTrip } from '../support/redis-round-trip.js';
import { freePort } from '../support/redis-server.mjs';

const CONFIGURATION = 'IDEMPOTENCY_CONFIGURATION';

describe('the schema of a PostgresStore', () => {
  let place: Place;
  beforeEach(async () => (place = await openPlace({ migrated: false })));
  afterEach(() => place.close());

  const migrate = async (times = 1) => {
    for (let i = 0; i < times; i++)
      for (const { sql } of place.store().migrations()) await place.pool.query(sql);
  };
  const refusal = (message: RegExp) => ({
    code: CONFIGURATION,
    message: expect.stringMatching(message) as string,
  });

  it('is refused at the start when it is missing, with the command to run', async () => {
    await expect(place.store().start()).rejects.toMatchObject(
      refusal(/table .* is not there.*npx nestjs-idempotency migrate/),
    );
  });

  it('migrations can be run again, and keep what is there', async () => {
    await migrate();
    const id = await roundTrip(place.store());
    await migrate(2);
    await place.store().start();
    expect(await place.store().look(id)).toMatchObject({ state: 'completed' });
  });

  it('many processes may migrate at once', async () => {
    const stores = Array.from({ length: 6 }, () => place.store({ migrate: true }));
    await Promise.all(stores.map((store) => store.start()));
    await roundTrip(stores[0]!);
  });

  it('is not made implicitly', async () => {
    await expect(place.store().acquire({} as never)).rejects.toThrow();
    expect(await place.rows(`SELECT FROM pg_namespace WHERE nspname = $1`, [place.schema])).toEqual([]);
  });

  it('is refused when it is older, and taken when it is newer', async () => {
    await migrate();
    const versions = `"${place.schema}".idempotency_records_migrations`;
    await place.pool.query(`INSERT INTO ${versions} (version) VALUES (999)`);
    await place.store().start();
    await place.pool.query(`DELETE FROM ${versions}`);
    await expect(place.store().start()).rejects.toMatchObject(refusal(/has version 0.*migrate/));
  });

  it.each([
    ['a missing column', 'DROP COLUMN note', /column note .* is missing/],
    ['another type', 'ALTER COLUMN fence TYPE text', /column fence .* must be bigint, and is text/],
    ['no key', 'DROP CONSTRAINT idempotency_records_pkey', /id has no unique index/],
  ])('is refused when somebody has changed it: %s', async (_what, change, message) => {
    await migrate();
    await place.rows(`ALTER TABLE $table ${change}`);
    await expect(place.store().start()).rejects.toMatchObject(refusal(message));
  });

  it('is taken with more columns than it needs', async () => {
    await migrate();
    await place.rows('ALTER TABLE $table ADD COLUMN more text');
    const store = place.store();
    await store.start();
    await roundTrip(store);
    await store.close();
  });

  it('keeps two tables of one schema apart', async () => {
    const tables = ['one', 'Two'].map((table) => place.store({ table, migrate: true }));
    for (const store of tables) await store.start();
    const id = await roundTrip(tables[0]!);
    expect(await tables[1]!.look(id)).toBeUndefined();
  });

  it.each(['', '1a', 'a b', 'a"b', `a'; DROP TABLE users; --`, 'a.b', 'ä', 'a'.repeat(49), 7, null])(
    'refuses %p as a name, and quotes what it takes',
    (name) => {
      const of = (options: object) => () => new PostgresStore({ client: place.pool, ...options });
      expect(of({ table: name })).toThrow(expect.objectContaining({ code: CONFIGURATION }) as Error);
      expect(of({ schema: name })).toThrow(expect.objectContaining({ code: CONFIGURATION }) as Error);
      expect(() => postgresMigrations({ table: name as string })).toThrow();
      expect(postgresMigrations({ table: 'select' })[0]!.sql).toContain('"public"."select"');
    },
  );

  it('does not keep the application from starting when the database is not there', async () => {
    const pool = openPool({ connectionString: `postgres://test@127.0.0.1:${await freePort()}/x` });
    const store = new PostgresStore({ client: pool, purgeInterval: false });
    await store.start();
    await store.close();
    await pool.end();
  });

  it.each([
    [undefined, /takes an object with a client/],
    [{}, /takes an object with a client/],
    [{ client: {}, prefix: 'x' }, /no option "prefix"/],
    [{ client: {}, listen: true }, /`listen` must be/],
    [{ client: {}, purgeInterval: 0 }, /`purgeInterval` must be/],
    [{ client: {}, migrate: 'yes' }, /`migrate` must be/],
  ])('says what is wrong with the options %p', (options, message) => {
    expect(() => new PostgresStore(options as never)).toThrow(message);
  });

  it('says at the start that a client is none', async () => {
    await expect(new PostgresStore({ client: {} as never }).start()).rejects.toThrow(/has no query\(\)/);
  });
});

import { PLATFORMS } from '../support/create-app.js';
import type { ExactPoint } from '../support/exact-app.js';
import { ExactProcess, shopTables } from '../support/exact-process.js';
import { until } from '../support/fault-gate.js';
import { databaseUrl, openPlace, type Place } from '../support/postgres-store.js';

const POINTS: readonly ExactPoint[] = [
  'after the write',
  'before the save',
  'before the commit',
  'before the reply',
];

describe('a process under exactly-once', () => {
  let place: Place;
  let survivor: ExactProcess;
  const start = () => ExactProcess.start(place, databaseUrl());
  beforeAll(async () => {
    place = await openPlace();
    await place.pool.query(shopTables(place.schema));
    survivor = await start();
  }, 60_000);
  afterAll(async () => {
    await survivor.kill();
    await place.close();
  });

  const orders = async (key: string) =>
    (await place.pool.query<{ id: string }>(`SELECT id FROM "${place.schema}".orders WHERE key = $1`, [key]))
      .rows;
  const recorded = async () =>
    Number(
      (await place.rows<{ count: string }>(`SELECT count(*) FROM $table WHERE phase <> 'open'`))[0]!.count,
    );
  const keysOf = (what: string) => PLATFORMS.map((platform) => [platform, `${platform} ${what}`] as const);

  /** The one answer of the one order, from now on. */
  const settle = async (keys: ReturnType<typeof keysOf>, replayed: boolean) => {
    for (const [platform, key] of keys) {
      const answer = await survivor.insist(platform, key);
      expect(answer).toMatchObject({ status: 201, replayed });
      expect(await orders(key)).toEqual([answer.json]);
      expect(await survivor.insist(platform, key)).toMatchObject({ text: answer.text, replayed: true });
    }
  };

  it.each(POINTS)(
    'that is killed %s leaves both, or neither; the retry gets the one answer of the one order',
    async (point) => {
      const keys = keysOf(`killed ${point}`);
      const before = await recorded();
      const doomed = await start();
      doomed.stopAt(point);
      const sent = keys.map(([platform, key]) => doomed.order(platform, key).catch(() => 'no answer'));
      await until(() => doomed.reached === keys.length);
      await doomed.kill();
      expect(await Promise.all(sent)).toEqual(keys.map(() => 'no answer'));

      const isDone = point === 'before the reply';
      // The server notices the loss of a client when it next reads.
      for (const [, key] of keys) await until(async () => (await orders(key)).length === (isDone ? 1 : 0));
      expect((await recorded()) - before).toBe(isDone ? keys.length : 0);
      await settle(keys, isDone);
    },
  );

  it.each(POINTS)('whose backends are terminated %s leaves both, or neither, and goes on', async (point) => {
    const keys = keysOf(`terminated ${point}`);
    survivor.stopAt(point);
    const sent = keys.map(([platform, key]) => survivor.order(platform, key));
    await until(() => survivor.reached === keys.length);
    const { backends } = survivor;
    expect(backends).toHaveLength(keys.length);
    const isDone = point === 'before the reply';
    await place.pool.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [backends]);
    const alive = 'SELECT FROM pg_stat_activity WHERE pid = ANY ($1)';
    await until(async () => (await place.rows(alive, [backends])).length === 0);
    survivor.goOn();
    for (const { status } of await Promise.all(sent)) expect(isDone ? [201] : [500, 503]).toContain(status);
    for (const [, key] of keys) expect(await orders(key)).toHaveLength(isDone ? 1 : 0);
    await settle(keys, isDone);
  });

  it('that is killed between effects does not ask for the first again, and writes one order', async () => {
    const keys = keysOf('journey');
    const doomed = await start();
    doomed.stopAt('between effects');
    const sent = keys.map(([platform, key]) =>
      doomed.order(platform, key, 'journeys').catch(() => 'no answer'),
    );
    await until(() => doomed.reached === keys.length);
    await doomed.kill();
    expect(await Promise.all(sent)).toEqual(keys.map(() => 'no answer'));
    const asked = async () => (await place.pool.query(`SELECT what, key FROM "${place.schema}".asked`)).rows;
    // What really happened is not taken back with the order.
    expect((await asked()).map(({ what }) => what)).toEqual(['seat', 'seat']);
    for (const [, key] of keys) await until(async () => (await orders(key)).length === 0);
    for (const [platform, key] of keys) {
      const { status, json } = await survivor.insist(platform, key, 'journeys');
      const [order] = await orders(key);
      expect([status, json]).toEqual([201, { ...order, charge: 'charge done' }]);
      expect(await orders(key)).toHaveLength(1);
    }
    const all = await asked();
    expect(all.map(({ what }) => what).sort()).toEqual(['charge', 'charge', 'seat', 'seat']);
    expect(new Set(all.map(({ key }) => key)).size).toBe(4);
  });

  it('order and record of each key are of one transaction', async () => {
    const { rows } = await place.pool.query<{ orders: string; pairs: string }>(
      `SELECT count(*) AS orders, count(r.id) AS pairs FROM "${place.schema}".orders AS o
       LEFT JOIN "${place.schema}".idempotency_records AS r
       ON r.xmin::text = o.xid::text AND r.phase = 'completed'`,
    );
    expect(Number(rows[0]!.orders)).toBeGreaterThan(0);
    expect(rows[0]!.pairs).toBe(rows[0]!.orders);
  });
});

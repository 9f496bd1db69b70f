import { Controller, Headers, Post } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import type { Pool } from 'pg';
import { createApp, PLATFORMS, send, type Platform, type TestApp } from '../support/create-app.js';
import { Gate, until } from '../support/fault-gate.js';
import { startPgbouncer, type Pgbouncer } from '../support/pgbouncer.mjs';
import { databaseUrl, openPlace, openPool, type Place } from '../support/postgres-store.js';
import { Shop, type ShopOptions } from './exactly-once.shop.js';

/** For what has to come through a queue: others use this machine, too. */
const PATIENCE = { storeTimeout: 10_000 };

describe('[B52] behind a PgBouncer in transaction mode with one connection', () => {
  let pooler: Pgbouncer;
  let pool: Pool;
  beforeAll(async () => {
    pooler = await startPgbouncer({ url: databaseUrl(), poolSize: 1 });
    pool = openPool({ connectionString: pooler.url, max: 10 });
  });
  afterAll(async () => {
    await pool.end();
    await pooler.stop();
  });

  describe.each(PLATFORMS)('an application on %s', (platform) => {
    let place: Place;
    let app: TestApp;
    let runs = 0;
    let gate: Gate | undefined;
    beforeAll(async () => {
      place = await openPlace();
      app = await open(platform);
    });
    afterAll(async () => {
      await app.close();
      await place.close();
    });

    const open = (platform: Platform) => {
      @Controller()
      class Orders {
        @Post('orders')
        @Idempotent()
        async create(@Headers('idempotency-key') key: string) {
          await gate?.pass();
          const { rows } = await pool.query<{ run: number }>('SELECT $1::int AS run', [++runs]);
          return { key, ...rows[0] };
        }

        @Post('patient')
        @Idempotent({ wait: 20_000 })
        patient(@Headers('idempotency-key') key: string) {
          return this.create(key);
        }
      }
      // It listens through the pooler: nobody has told it not to.
      const store = place.store({ client: pool });
      return createApp(platform, {
        controllers: [Orders],
        idempotency: { store, scope: 'public', ...PATIENCE },
      });
    };
    const order = (path: string, key: string) => send(`${app.url}/${path}`, { key });

    it('runs one of many that come at once, tells the others, and replays its answer', async () => {
      runs = 0;
      for (const key of ['a', 'b', 'c']) {
        const all = await Promise.all(Array.from({ length: 8 }, () => order('orders', key)));
        const told = all.filter(({ status }) => status !== 409);
        const replay = await order('orders', key);
        expect(replay).toMatchObject({ status: 201, replayed: true });
        expect(new Set(told.map(({ status, text }) => `${status} ${text}`))).toEqual(
          new Set([`201 ${replay.text}`]),
        );
        expect(told.filter(({ replayed }) => !replayed)).toHaveLength(1);
      }
      expect(runs).toBe(3);
    });

    it('answers those who wait, though nobody hears a notification there', async () => {
      runs = 0;
      gate = new Gate();
      const first = order('patient', 'wait');
      await gate.reached;
      const others = Array.from({ length: 3 }, () => order('patient', 'wait'));
      const waiting = 'SELECT FROM $table WHERE awaited = 1';
      await until(async () => (await place.rows(waiting)).length === 1);
      gate.open();
      gate = undefined;
      const { text } = await first;
      for (const answer of await Promise.all(others)) {
        expect(answer).toMatchObject({ status: 201, text, replayed: true });
      }
      expect(runs).toBe(1);
    });
  });
});

describe.each([1, 2])('[B52] behind a PgBouncer in transaction mode with %i connections', (poolSize) => {
  let pooler: Pgbouncer;
  let pool: Pool;
  beforeAll(async () => {
    pooler = await startPgbouncer({ url: databaseUrl(), poolSize });
    pool = openPool({ connectionString: pooler.url, max: 10 });
  });
  afterAll(async () => {
    await pool.end();
    await pooler.stop();
  });

  describe.each(PLATFORMS)('exactly-once on %s', (platform) => {
    let shop: Shop;
    const open = async (options: ShopOptions) =>
      (shop = await Shop.open(platform, {
        pool,
        store: (place) => place.store({ client: pool, listen: false }),
        ...options,
      }));
    afterEach(() => shop.close());

    it('commits order and answer by one transaction each, many at once', async () => {
      await open({ module: PATIENCE });
      shop.after = async ({ client, run }) => {
        await client.query('SELECT 1');
        return { run };
      };
      const keys = Array.from({ length: 8 }, (_, i) => `key-${i}`);
      const first = await Promise.all(keys.map((key) => shop.order(key)));
      expect(first.map(({ status }) => status)).toEqual(keys.map(() => 201));
      const { schema } = shop.place;
      const { rows } = await shop.place.pool.query<{ count: string }>(
        `SELECT count(*) FROM "${schema}".orders AS o
         JOIN "${schema}".idempotency_records AS r ON r.xmin::text = o.xid::text AND r.phase = 'completed'`,
      );
      expect(rows).toEqual([{ count: `${keys.length}` }]);
      const again = await Promise.all(keys.map((key) => shop.order(key)));
      expect(again.map(({ text }) => text)).toEqual(first.map(({ text }) => text));
      expect(shop.runs).toBe(keys.length);
    });

    it('takes back what a handler that fails has written, and its connection is free for the next', async () => {
      await open({ module: PATIENCE });
      shop.after = ({ run }) => {
        if (run <= 3) throw new Error('after the write');
        return { run };
      };
      for (let i = 0; i < 3; i++) expect(await shop.order('a')).toMatchObject({ status: 500 });
      expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 4 } });
      expect(await shop.orders('a')).toEqual([4]);
    });

    it('while handlers hold all connections others are told to come again, and no key is stuck', async () => {
      await open({ module: { storeTimeout: 300 } });
      const gate = new Gate();
      shop.after = async ({ run }) => {
        if (run <= poolSize) await gate.pass();
        return { run };
      };
      const held: ReturnType<Shop['order']>[] = [];
      for (let i = 1; i <= poolSize; i++) {
        held.push(shop.order(`held-${i}`));
        await until(() => gate.visitors === i);
      }
      expect(await shop.order('late')).toMatchObject({ status: 503 });
      gate.open();
      for (const answer of await Promise.all(held)) expect(answer).toMatchObject({ status: 201 });
      // Its claim stood in the queue of the pooler, and is taken back.
      await until(async () => (await shop.order('late')).status === 201);
      expect(await shop.orders('late')).toHaveLength(1);
      for (let i = 1; i <= poolSize; i++) expect(await shop.orders(`held-${i}`)).toHaveLength(1);
    });
  });
});

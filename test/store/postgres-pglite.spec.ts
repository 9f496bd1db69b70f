import { AsyncLocalStorage } from 'node:async_hooks';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { Controller, Headers, Post } from '@nestjs/common';
import { Idempotent, type TransactionRunner } from 'nestjs-idempotency';
import { PostgresStore } from '../../lib/store/postgres/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { createApp, PLATFORMS, send } from '../support/create-app.js';

describe('PostgresStore on a PGlite', () => {
  let client: PGlite;
  const open = () => new PostgresStore({ client, purgeInterval: false });
  // One for all: it takes seconds to make one.
  beforeAll(async () => {
    client = await PGlite.create();
    await open().migrate();
  }, 60_000);
  afterAll(() => client.close());

  describeStoreConformance({ name: '[B46] PostgresStore on a PGlite', create: open });

  it('is looked at when an application starts', async () => {
    const store = open();
    await store.start();
    await store.close();
    const other = new PostgresStore({ client, table: 'not_there', purgeInterval: false });
    await expect(other.start()).rejects.toThrow(/not_there" is not there/);
  });

  it.each(PLATFORMS)(
    '[B52] commits order and answer together, on its only connection, on %s',
    async (platform) => {
      const current = new AsyncLocalStorage<Transaction>();
      const transactions: TransactionRunner = {
        run: (work) => client.transaction((tx) => current.run(tx, () => work(tx))),
      };
      await client.exec('DROP TABLE IF EXISTS orders; CREATE TABLE orders (key text)');
      let runs = 0;
      @Controller()
      class Orders {
        @Post('orders')
        @Idempotent({ guarantee: 'exactly-once' })
        async create(@Headers('idempotency-key') key: string) {
          await current.getStore()!.query('INSERT INTO orders VALUES ($1)', [key]);
          if (++runs === 1) throw new Error('after the write');
          return { run: runs };
        }
      }
      const app = await createApp(platform, {
        controllers: [Orders],
        idempotency: { store: open(), transactions, scope: 'public' },
      });
      const order = () => send(`${app.url}/orders`, { key: platform });
      const rows = async () => (await client.query('SELECT key FROM orders')).rows;
      expect(await order()).toMatchObject({ status: 500 });
      expect(await rows()).toEqual([]);
      expect(await order()).toMatchObject({ status: 201, json: { run: 2 } });
      expect(await order()).toMatchObject({ status: 201, json: { run: 2 }, replayed: true });
      expect(await rows()).toEqual([{ key: platform }]);
      await app.close();
    },
  );
});

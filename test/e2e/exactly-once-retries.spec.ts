import { HttpException } from '@nestjs/common';
import { PLATFORMS, send } from '../support/create-app.js';
import { openPool } from '../support/postgres-store.js';
import { Gate, until } from '../support/fault-gate.js';
import { Shop, type ShopOptions } from './exactly-once.shop.js';

const failure = (code: string) => Object.assign(new Error('could not serialize'), { code });

describe.each(PLATFORMS)('transactions of exactly-once that lose against others, on %s', (platform) => {
  let shop: Shop;
  const open = async (options?: ShopOptions) => (shop = await Shop.open(platform, options));
  afterEach(() => shop.close());

  it.each(['40001', '40P01'])('are run again, from the start: %s', async (code) => {
    await open();
    shop.after = ({ run, attempt }) => {
      if (run < 4) throw new Error('as an ORM says it', { cause: failure(code) });
      return { run, attempt };
    };
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 4, attempt: 1 } });
    expect(await shop.orders('a')).toEqual([4]);
    expect(shop.outcomes).toEqual(['recorded']);
  });

  it('are given up after `transactionRetries`, and the key is free', async () => {
    await open({ module: { transactionRetries: 1 } });
    shop.after = () => {
      throw failure('40001');
    };
    expect(await shop.order('a')).toMatchObject({ status: 500 });
    expect(shop.runs).toBe(2);
    expect(await shop.orders('a')).toEqual([]);
    expect(shop.outcomes).toEqual(['released']);
  });

  it('no other error is a reason to run again', async () => {
    await open();
    shop.after = () => {
      throw failure('23505');
    };
    expect(await shop.order('a')).toMatchObject({ status: 500 });
    expect(shop.runs).toBe(1);
  });

  it('what a handler says in the end is its answer', async () => {
    await open();
    shop.after = ({ run }) => {
      throw run === 1 ? failure('40001') : new HttpException('sold out', 409);
    };
    expect(await shop.order('a')).toMatchObject({ status: 409 });
    expect(await shop.order('a')).toMatchObject({ status: 409, replayed: true });
    expect(shop.runs).toBe(2);
  });

  it('in a storm, as many orders are counted as were answered with success', async () => {
    await open({ transactions: { isolation: 'serializable' }, module: { transactionRetries: 10 } });
    const { pool, schema } = shop.place;
    await pool.query(`CREATE TABLE "${schema}".stock (sold int); INSERT INTO "${schema}".stock VALUES (0)`);
    shop.after = async ({ client, run }) => {
      const { rows } = await client.query<{ sold: number }>(`SELECT sold FROM "${schema}".stock`);
      await client.query(`UPDATE "${schema}".stock SET sold = $1`, [rows[0]!.sold + 1]);
      return { run };
    };
    const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`);
    const order = async (key: string): Promise<void> => {
      for (;;) {
        const { status } = await shop.order(key);
        if (status === 201) return;
        expect([409, 500, 503]).toContain(status);
      }
    };
    await Promise.all(keys.map(order));
    expect(shop.runs).toBeGreaterThan(keys.length);
    const { rows } = await pool.query(`SELECT sold FROM "${schema}".stock`);
    expect(rows).toEqual([{ sold: keys.length }]);
    for (const key of keys) expect(await shop.orders(key)).toHaveLength(1);
  });

  it('on a pool of one, requests come one after the other, and none is answered wrongly', async () => {
    const pool = openPool({ max: 1 });
    await open({ pool, store: (place) => place.store({ client: pool }), module: { storeTimeout: 200 } });
    const goOn = new Gate();
    shop.after = async ({ run }) => {
      await goOn.pass();
      return { run };
    };
    const first = shop.order('a');
    await goOn.reached;
    // The store would need a connection, and there is none.
    expect(await shop.order('b')).toMatchObject({ status: 503 });
    goOn.open();
    expect(await first).toMatchObject({ status: 201, json: { run: 1 } });
    // Its claim stood in the queue, and is taken back.
    await until(async () => (await shop.order('b')).status === 201);
    expect(await shop.orders('b')).toEqual([2]);
    expect(await send(`${shop.app.url}/orders`, { key: 'a', json: { item: 'tea' } })).toMatchObject({
      replayed: true,
    });
    await shop.app.close();
    await pool.end();
  });
});

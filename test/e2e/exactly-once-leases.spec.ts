import { setTimeout as pause } from 'node:timers/promises';
import type { TransactionRunner } from 'nestjs-idempotency';
import { PLATFORMS } from '../support/create-app.js';
import { Shop, type ShopOptions } from './exactly-once.shop.js';

describe.each(PLATFORMS)('leases under exactly-once on %s', (platform) => {
  let shop: Shop;
  const open = async (options?: ShopOptions) => (shop = await Shop.open(platform, options));
  afterEach(() => shop.close());

  it('are renewed while the transaction is open, and not missed when the record is completed by it', async () => {
    const lease = 100;
    const slow = (inner: TransactionRunner): TransactionRunner => ({
      run: (work) =>
        inner.run(async (tx) => {
          const result = await work(tx);
          // The record is locked: renewals wait for the commit, and are told that there is nothing to renew.
          await pause(lease);
          return result;
        }),
    });
    await open({ route: { lease }, runner: slow });
    shop.after = async ({ run, signal }) => {
      await pause(2 * lease);
      return { run, aborted: signal.aborted };
    };
    const keys = Array.from({ length: 5 }, (_, i) => `key-${i}`);
    const answers = await Promise.all(keys.map((key) => shop.order(key)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 201, json: { aborted: false } });
    expect(shop.incidents).toEqual([]);
    expect(shop.outcomes).toEqual(keys.map(() => 'recorded'));
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey, patiently, replayed, ShopClient, type Ask, type OrderJson } from './sample.client.js';
import { buildShop, spawnShop, type ShopProcess } from './sample.processes.js';

beforeAll(() => buildShop(), 240_000);

describe('the shop on its file', () => {
  let dataDir: string;
  let shop: ShopProcess;
  let client: ShopClient;

  const start = async () => {
    shop = await spawnShop({ DATA_DIR: dataDir, IDEMPOTENCY_LEASE_MS: '500' });
  };
  /** The shop is gone, and another process takes its place; the customer keeps the session. */
  const restart = async () => {
    await shop.ended;
    await start();
    client = client.at(shop.url);
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'idempotency-shop-'));
    await start();
  }, 60_000);

  beforeEach(async () => {
    client = await ShopClient.login(shop.url, newKey());
  });

  afterAll(async () => {
    shop?.child.kill('SIGTERM');
    await shop?.ended;
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'keeps orders, stock, charges, mails, sessions and answers when it is restarted after %s',
    async (signal) => {
      const asks = { order: { key: newKey() }, pay: { key: newKey() } };
      const placed = await client.order([{ sku: 'mug', quantity: 2 }], asks.order);
      const order = placed.json<OrderJson>();
      const paid = await client.pay(order, asks.pay);
      expect([placed.status, paid.status]).toEqual([201, 201]);
      const everything = () =>
        Promise.all(['/products', '/orders', '/payments', '/mails'].map((path) => client.list(path)));
      const before = await everything();

      shop.child.kill(signal);
      await restart();

      expect(await everything()).toEqual(before);
      const retries = [
        await client.order([{ sku: 'mug', quantity: 2 }], asks.order),
        await client.pay(order, asks.pay),
      ];
      expect(retries.map(replayed)).toEqual([true, true]);
      expect(retries.map(({ bytes }) => bytes)).toEqual([placed.bytes, paid.bytes]);
      expect(await everything()).toEqual(before);
    },
  );

  it.each(['reserve', 'write'])(
    'places one order when it dies at %s and the client retries',
    async (step) => {
      const stock = await client.stock('mug');
      const ask: Ask = { key: newKey() };
      await expect(
        client.order([{ sku: 'mug', quantity: 1 }], { ...ask, fault: `crash@${step}` }),
      ).rejects.toThrow();
      expect(await shop.ended).toEqual([null, 'SIGKILL']);
      await restart();

      const answer = await patiently(() => client.order([{ sku: 'mug', quantity: 1 }], ask));
      expect([answer.status, replayed(answer)]).toEqual([201, false]);
      expect(await client.list('/orders')).toEqual([answer.json()]);
      expect(await client.stock('mug')).toBe(stock - 1);
    },
  );

  it.each(['reserve', 'charge', 'write', 'mail', 'answer'])(
    'charges once and sends one mail when it dies at %s and the client retries',
    async (step) => {
      const stock = await client.stock('mug');
      const order = await client.mug();
      const ask: Ask = { key: newKey() };
      await expect(client.pay(order, { ...ask, fault: `crash@${step}` })).rejects.toThrow();
      expect(await shop.ended).toEqual([null, 'SIGKILL']);
      await restart();

      const answer = await patiently(() => client.pay(order, ask));
      expect([answer.status, replayed(answer)]).toEqual([201, step === 'answer']);
      expect(await client.list('/payments')).toEqual([answer.json()]);
      expect(await client.list('/orders')).toEqual([{ ...order, status: 'paid' }]);
      expect(await client.list('/mails')).toHaveLength(1);
      expect(await client.stock('mug')).toBe(stock - 1);
      expect((await client.pay(order, ask)).bytes).toEqual(answer.bytes);
    },
  );
});

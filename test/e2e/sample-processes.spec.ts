import { once } from 'node:events';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis-server.mjs';
import { newKey, replayed, ShopClient, type Answer } from './sample.client.js';
import { buildShop, spawnShop, type ShopProcess } from './sample.processes.js';

const statuses = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status);

beforeAll(() => buildShop(), 240_000);

describe.each([
  { adapter: 'express', store: 'redis' },
  { adapter: 'fastify', store: 'redis' },
  { adapter: 'express', store: 'cache-manager' },
])('two processes of the shop on $adapter, one Redis, STORE=$store', ({ adapter, store }) => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let database: Redis;
  let shops: ShopProcess[];
  let users = 0;
  const customer = () => ShopClient.login(shops[0]!.url, `alice${++users}`);
  const start = () =>
    spawnShop({ ADAPTER: adapter, STORE: store, REDIS_URL: redis.url, IDEMPOTENCY_LEASE_MS: '2000' });
  /** 50 times at once, every other one to the second process. */
  const fifty = (send: (url: string) => Promise<Answer>) =>
    Promise.all(Array.from({ length: 50 }, (_, i) => send(shops[i % 2]!.url)));

  beforeAll(async () => {
    redis = await startRedis();
    database = new Redis(redis.url);
    shops = await Promise.all([start(), start()]);
  }, 60_000);

  afterAll(async () => {
    for (const { child } of shops ?? []) child.kill('SIGTERM');
    await Promise.all((shops ?? []).map(({ ended }) => ended));
    database?.disconnect();
    await redis?.stop();
  });

  it('places one order when 50 requests come with one key at once [B17]', async () => {
    const client = await customer();
    const before = await client.stock('mug');
    const ask = { key: newKey(), fault: 'delay=3000' };
    const answers = await fifty((url) => client.at(url).order([{ sku: 'mug', quantity: 1 }], ask));
    expect(statuses(answers, 201)).toHaveLength(1);
    const conflicts = statuses(answers, 409);
    expect(conflicts).toHaveLength(49);
    for (const { headers } of conflicts) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await client.list('/orders')).toHaveLength(1);
    expect(await client.stock('mug')).toBe(before - 1);
  });

  it('draws one invoice and gives it to all who wait when 50 requests come with one key at once [B17]', async () => {
    const client = await customer();
    const { id } = await client.mug();
    const ask = { key: newKey(), fault: 'delay=1000' };
    const answers = await fifty((url) => client.at(url).post(`/orders/${id}/invoice`, undefined, ask));
    expect(statuses(answers, 201)).toHaveLength(50);
    expect(answers.filter(replayed)).toHaveLength(49);
    expect(new Set(answers.map(({ bytes }) => bytes.toString('latin1'))).size).toBe(1);
    expect(answers[0]!.bytes.subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('answers the retry of a lost answer with the first answer, at the other process', async () => {
    const client = await customer();
    const order = await client.mug();
    const key = newKey();
    await expect(client.pay(order, { key, fault: 'drop' })).rejects.toThrow();
    const retry = await client.at(shops[1]!.url).pay(order, { key });
    expect([retry.status, replayed(retry)]).toEqual([201, true]);
    expect(await client.list('/payments')).toEqual([retry.json()]);
  });

  it('answers at the other process, once the lease is over, when one died after the charge [B21]', async () => {
    const client = await customer();
    const order = await client.mug();
    const key = newKey();
    await expect(client.pay(order, { key, fault: 'crash' })).rejects.toThrow();
    expect(await shops[0]!.ended).toEqual([null, 'SIGKILL']);

    const other = client.at(shops[1]!.url);
    const path = `POST /orders/${order.id}/payments`;
    expect((await other.pay(order, { key })).status).toBe(409);
    let retry = await other.pay(order, { key });
    while (retry.status === 409) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(retry.headers.get('retry-after'))));
      retry = await other.pay(order, { key });
    }
    expect([retry.status, replayed(retry)]).toEqual([201, false]);
    expect(await other.list('/payments')).toEqual([retry.json()]);
    expect((await other.get(`/orders/${order.id}`)).json().status).toBe('paid');
    expect(shops[1]!.output.filter((line) => line.includes(`${path} 201 ran (attempt 2)`))).toHaveLength(1);
    shops[0] = await start();
  });

  it('finishes what it is doing when it is told to stop, and keeps the answer [B28]', async () => {
    const client = await customer();
    const key = newKey();
    const [stopping, staying] = [shops[0]!, shops[1]!];
    const before = await database.dbsize();
    const order = client.order([{ sku: 'mug', quantity: 1 }], { key, fault: 'delay=1000' });
    // The record of the running attempt is the only key that is new.
    while ((await database.dbsize()) === before) await new Promise((resolve) => setImmediate(resolve));
    stopping.child.kill('SIGTERM');
    const [[code, signal], first] = await Promise.all([once(stopping.child, 'exit'), order]);
    expect(first.status).toBe(201);
    expect(code ?? signal).toBe('SIGTERM');
    const retry = await client.at(staying.url).order([{ sku: 'mug', quantity: 1 }], { key });
    expect(replayed(retry)).toBe(true);
    expect(retry.bytes).toEqual(first.bytes);
  });
});

import { Redis } from 'ioredis';
import { expectReplay, expectRun, families, RedisDesk } from '../support/redis-desk.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';

const [family] = families as [(typeof families)[number]];

describe('a Redis that may evict records', () => {
  let server: RedisServer;
  let admin: Redis;
  let desk: RedisDesk;
  const evict = async (policy: string) => {
    const evicted = async () => /evicted_keys:(\d+)/.exec(await admin.info('stats'))?.[1];
    const before = await evicted();
    await admin.config('SET', 'maxmemory-policy', policy);
    await admin.config('SET', 'maxmemory', 1);
    // Any command makes it look for room.
    while ((await admin.dbsize()) > 0);
    await admin.config('SET', 'maxmemory', 0);
    expect(await evicted()).not.toBe(before);
  };
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port);
    desk = await RedisDesk.open(family.server(server.port));
  });
  afterAll(async () => {
    await desk.close();
    admin.disconnect();
    await server.stop();
  });

  it.each(['allkeys-lru', 'volatile-ttl'])(
    '[B48] knows no key that it has evicted (%s): a finished request runs again, and is no replay',
    async (policy) => {
      const key = `done ${policy}`;
      expectRun(await desk.send(key), key, 1);
      await evict(policy);
      const again = await desk.send(key);
      expectRun(again, key, 2);
      expectReplay(await desk.send(key), again);
    },
  );

  it('[B48] knows no running attempt that it has evicted: the second one wins, and both clients get its answer', async () => {
    const held = await desk.begin('running');
    await evict('allkeys-lru');
    const second = await desk.send('running');
    expectRun(second, 'running', 2);
    held.finish();
    expectReplay(await held.answer, second);
    expectReplay(await desk.send('running'), second);
  });

  it('[B48] knows no running attempt that it has evicted: a client whose answer cannot be kept has it all the same', async () => {
    const held = await desk.begin('alone');
    await evict('allkeys-lru');
    held.finish();
    expectRun(await held.answer, 'alone', 1);
    const again = await desk.send('alone');
    expectRun(again, 'alone', 2);
    expectReplay(await desk.send('alone'), again);
  });
});

import { Redis } from 'ioredis';
import { until } from '../support/fault-gate.js';
import {
  codeOf,
  expectRefused,
  expectReplay,
  expectRun,
  families,
  RedisDesk,
} from '../support/redis-desk.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';

/** How a Redis comes to refuse, and how it ends. */
const REFUSALS: readonly [name: string, begin: (admin: Redis) => unknown, end: (admin: Redis) => unknown][] =
  [
    [
      'a replica now (READONLY)',
      (admin) => admin.replicaof('127.0.0.1', 1),
      (admin) => admin.replicaof('NO', 'ONE'),
    ],
    [
      'full and may not evict (OOM)',
      (admin) => admin.config('SET', 'maxmemory', 1),
      (admin) => admin.config('SET', 'maxmemory', 0),
    ],
    [
      'told to write to replicas that it does not have (NOREPLICAS)',
      (admin) => admin.config('SET', 'min-replicas-to-write', 1),
      (admin) => admin.config('SET', 'min-replicas-to-write', 0),
    ],
  ];

describe.each(families)('a Redis that refuses, with $name', (kind) => {
  let server: RedisServer;
  let admin: Redis;
  let desk: RedisDesk;
  let keys = 0;
  let suffix = '';
  beforeAll(async () => {
    server = await startRedis({
      args: ['--enable-debug-command', 'yes', '--loading-process-events-interval-bytes', '1024'],
    });
    admin = new Redis(server.port);
    desk = await RedisDesk.open(kind.server(server.port));
  });
  beforeEach(() => (suffix = `-${++keys}`));
  afterAll(async () => {
    await desk.close();
    admin.disconnect();
    await server.stop();
  });

  it.each(REFUSALS)(
    '[B48] because it is %s: nothing new runs, what runs is saved when it is over',
    async (_, begin, end) => {
      const [done, running, fresh] = [`done${suffix}`, `running${suffix}`, `new${suffix}`];
      const first = await desk.send(done);
      const held = await desk.begin(running);
      await begin(admin);
      for (let i = 0; i < 3; i++) expectRefused(await desk.send(fresh));
      expect(desk.runs(fresh)).toBe(0);
      expect(codeOf(await desk.send(running))).toBe('IDEMPOTENCY_IN_PROGRESS');
      expectReplay(await desk.send(done), first);
      // A success stays one though it cannot be saved, and nobody runs it meanwhile.
      held.finish();
      expectRun(await held.answer, running, 1);
      expect(codeOf(await desk.send(running))).toBe('IDEMPOTENCY_IN_PROGRESS');
      await end(admin);
      expectReplay(await desk.retry(running), await held.answer);
      expectRun(await desk.retry(fresh), fresh, 1);
      expect([desk.runs(done), desk.runs(running), desk.runs(fresh)]).toEqual([1, 1, 1]);
    },
  );

  it('[B48] because it loads its data (LOADING): no record is taken for absent', async () => {
    const first = await desk.send('loaded');
    const held = await desk.begin('running');
    await admin.call('DEBUG', 'POPULATE', 100);
    // µs per key, so that the load takes long enough to be asked in it.
    await admin.config('SET', 'key-load-delay', 20_000);
    const reloaded = admin.call('DEBUG', 'RELOAD');
    await until(async () => codeOf(await desk.send('loaded')) === 'IDEMPOTENCY_STORE_UNAVAILABLE');
    for (const key of ['loaded', 'running', 'new']) expectRefused(await desk.send(key));
    held.finish();
    expectRun(await held.answer, 'running', 1);
    await admin.config('SET', 'key-load-delay', 0);
    await reloaded;
    expectReplay(await desk.retry('loaded'), first);
    expectReplay(await desk.retry('running'), await held.answer);
    expectRun(await desk.retry('new'), 'new', 1);
    expect([desk.runs('loaded'), desk.runs('running'), desk.runs('new')]).toEqual([1, 1, 1]);
  });

  it('[B47] because it has forgotten its scripts (SCRIPT FLUSH): nobody sees anything of it', async () => {
    const held = await desk.begin('flushed');
    await admin.script('FLUSH');
    expect(codeOf(await desk.send('flushed'))).toBe('IDEMPOTENCY_IN_PROGRESS');
    await admin.script('FLUSH');
    held.finish();
    expectRun(await held.answer, 'flushed', 1);
    await admin.script('FLUSH');
    expectReplay(await desk.send('flushed'), await held.answer);
    expect(desk.runs('flushed')).toBe(1);
  });
});

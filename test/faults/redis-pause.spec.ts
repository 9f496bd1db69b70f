import { Redis } from 'ioredis';
import { expectRefused, expectReplay, expectRun, families, RedisDesk } from '../support/redis-desk.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';

describe.each(families)('a Redis that pauses its clients, with $name', (kind) => {
  let server: RedisServer;
  let admin: Redis;
  const desks: RedisDesk[] = [];
  const open = async (storeTimeout: number) => {
    const desk = await RedisDesk.open(kind.server(server.port), undefined, { storeTimeout });
    desks.push(desk);
    return desk;
  };
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port);
  });
  afterAll(async () => {
    for (const desk of desks) await desk.close();
    admin.disconnect();
    await server.stop();
  });

  it('[B25] [B48] longer than the store timeout: 503 meanwhile, and no key is stuck afterwards', async () => {
    const desk = await open(500);
    const first = await desk.send('done');
    const held = await desk.begin('running');
    // Scripts may write, so they wait; the admin may still end it. No answer below comes by its end.
    await admin.client('PAUSE', 600_000, 'WRITE');
    const answers = await Promise.all(['new', 'new', 'done', 'running'].map((key) => desk.send(key)));
    for (const answer of answers) expectRefused(answer);
    held.finish();
    expectRun(await held.answer, 'running', 1);
    expect(desk.runs('new')).toBe(0);
    await admin.client('UNPAUSE');
    // What was sent in the pause has landed by now, the acquires of clients that are gone, too.
    expectRun(await desk.retry('new'), 'new', 1);
    expectReplay(await desk.retry('running'), await held.answer);
    expectReplay(await desk.retry('done'), first);
    expect([desk.runs('done'), desk.runs('running'), desk.runs('new')]).toEqual([1, 1, 1]);
  });

  it('[B48] shorter than the store timeout: answers come late, and are the same', async () => {
    const desk = await open(15_000);
    const first = await desk.send('done');
    const held = await desk.begin('running');
    await admin.client('PAUSE', 300, 'ALL');
    held.finish();
    const [fresh, replay, ran] = await Promise.all([desk.send('new'), desk.send('done'), held.answer]);
    expectRun(fresh, 'new', 1);
    expectReplay(replay, first);
    expectRun(ran, 'running', 1);
    expectReplay(await desk.send('running'), ran);
    expect([desk.runs('done'), desk.runs('running'), desk.runs('new')]).toEqual([1, 1, 1]);
  });
});

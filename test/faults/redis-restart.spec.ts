import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectRefused, expectReplay, expectRun, families, RedisDesk } from '../support/redis-desk.js';
import { freePort, startRedis, type RedisServer } from '../support/redis-server.mjs';

/** A Redis that comes back at the same port with what it kept, or nothing. */
class Restartable {
  server!: RedisServer;
  private constructor(
    private readonly args: string[],
    private readonly port: number,
    private readonly dir: string,
  ) {}

  static async start(...args: string[]): Promise<Restartable> {
    const redis = new Restartable(
      args,
      await freePort(),
      mkdtempSync(join(tmpdir(), 'idempotency-restart-')),
    );
    await redis.restart();
    return redis;
  }

  async restart(): Promise<void> {
    const { args, port, dir } = this;
    this.server = await startRedis({ port, args, dir });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

describe.each(families)('a Redis that dies and comes back, with $name', (kind) => {
  let redis: Restartable;
  let desk: RedisDesk;
  const start = async (...args: string[]) => {
    redis = await Restartable.start(...args);
    desk = await RedisDesk.open(kind.server(redis.server.port));
  };
  afterEach(async () => {
    await desk.close();
    await redis.stop();
  });

  it('[B48] with an append-only file: what was recorded is replayed, what ran is recorded, nothing runs twice', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const first = await desk.send('done');
    const [early, late] = [await desk.begin('early'), await desk.begin('late')];
    await redis.server.stop();
    for (const key of ['done', 'early', 'new']) expectRefused(await desk.send(key));
    early.finish();
    expectRun(await early.answer, 'early', 1);
    await redis.restart();
    expectReplay(await desk.retry('done'), first);
    expectReplay(await desk.retry('early'), await early.answer);
    late.finish();
    expectRun(await late.answer, 'late', 1);
    expectReplay(await desk.retry('late'), await late.answer);
    expectRun(await desk.retry('new'), 'new', 1);
    for (const key of ['done', 'early', 'late', 'new']) expect(desk.runs(key)).toBe(1);
  });

  it('[B48] with nothing: every key is unknown and runs again, and no old answer comes back', async () => {
    await start();
    expectRun(await desk.send('done'), 'done', 1);
    const held = await desk.begin('running');
    await redis.server.stop();
    await redis.restart();
    const done = await desk.retry('done');
    expectRun(done, 'done', 2);
    const winner = await desk.retry('running');
    expectRun(winner, 'running', 2);
    held.finish();
    expectReplay(await held.answer, winner);
    expectReplay(await desk.retry('running'), winner);
    expectReplay(await desk.retry('done'), done);
    expect([desk.runs('done'), desk.runs('running')]).toEqual([2, 2]);
  });

  it('[B25] while its clients queue: an acquire that lands when its client is gone is taken back', async () => {
    await start();
    await desk.send('warm');
    await redis.server.stop();
    const refused = await Promise.all(['a', 'b', 'b'].map((key) => desk.send(key)));
    for (const answer of refused) expectRefused(answer);
    expect([desk.runs('a'), desk.runs('b')]).toEqual([0, 0]);
    await redis.restart();
    // The lease is 30 s: nobody waits for it to end.
    for (const key of ['a', 'b']) {
      const answer = await desk.retry(key);
      expectRun(answer, key, 1);
      expectReplay(await desk.retry(key), answer);
    }
  });
});

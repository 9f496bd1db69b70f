import {
  codeOf,
  expectRefused,
  expectReplay,
  expectRun,
  families,
  RedisDesk,
  type Running,
} from '../support/redis-desk.js';
import { MASTER, startRedisSentinel, type RedisSentinel } from '../support/redis-sentinel.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { Answer } from '../support/create-app.js';

const SLOW = 60_000;

/** An application that has a finished and two running requests. */
interface Prepared {
  readonly desk: RedisDesk;
  readonly done: Answer;
  /** Ends in the failover. */
  readonly during: Running;
  /** Ends after it. */
  readonly after: Running;
  /** What clients got in the failover, by key. */
  readonly seen: { readonly key: string; readonly answer: Answer }[];
}

async function prepare(kind: (typeof families)[number], sentinel: number): Promise<Prepared> {
  const desk = await RedisDesk.open(kind.sentinel!(sentinel, MASTER));
  const done = await desk.send('done');
  return { desk, done, during: await desk.begin('during'), after: await desk.begin('after'), seen: [] };
}

describe('[B48] a failover by Sentinel while requests come', () => {
  let redis: RedisSentinel;
  const prepared = new Map<string, Prepared>();
  beforeAll(async () => {
    redis = await startRedisSentinel();
    for (const kind of families) prepared.set(kind.name, await prepare(kind, redis.port));
    // What is replicated is not lost; what is not, is below.
    await redis.replicated();
    let over = false;
    const failover = redis.killMaster().then(() => (over = true));
    const keepAsking = async ({ desk, seen }: Prepared) => {
      while (!over) {
        const keys = ['done', 'during', 'after', 'new'];
        seen.push(...(await Promise.all(keys.map(async (key) => ({ key, answer: await desk.send(key) })))));
      }
    };
    const asked = Promise.all([...prepared.values()].map(keepAsking));
    for (const { during } of prepared.values()) during.finish();
    await Promise.all([failover, asked]);
  }, SLOW);
  afterAll(async () => {
    for (const { desk } of prepared.values()) await desk.close();
    await redis.stop();
  });

  it.each(families)('answers in it as if nothing had happened, or 503: $name', ({ name }) => {
    const { done, seen } = prepared.get(name)!;
    expect(seen).not.toEqual([]);
    for (const { key, answer } of seen) {
      if (answer.status === 503) expectRefused(answer);
      else if (key === 'done') expectReplay(answer, done);
      else if (answer.status === 409) expect(codeOf(answer)).toBe('IDEMPOTENCY_IN_PROGRESS');
      else expect([answer.status, answer.json]).toEqual([201, { key, run: 1 }]);
    }
  });

  it.each(families)('a finished request is replayed after it: $name', async ({ name }) => {
    const { desk, done } = prepared.get(name)!;
    expectReplay(await desk.retry('done'), done);
    expect(desk.runs('done')).toBe(1);
  });

  it.each(families)('a request that ended in it is recorded and ran once: $name', async ({ name }) => {
    const { desk, during } = prepared.get(name)!;
    expectRun(await during.answer, 'during', 1);
    expectReplay(await desk.retry('during'), await during.answer);
    expect(desk.runs('during')).toBe(1);
  });

  it.each(families)('a request that outlived it is recorded and ran once: $name', async ({ name }) => {
    const { desk, after } = prepared.get(name)!;
    after.finish();
    expectRun(await after.answer, 'after', 1);
    expectReplay(await desk.retry('after'), await after.answer);
    expect(desk.runs('after')).toBe(1);
  });

  it.each(families)('a key that was first used in it is usable and ran once: $name', async ({ name }) => {
    const { desk } = prepared.get(name)!;
    const answer = await desk.retry('new');
    expect([answer.status, answer.json]).toEqual([201, { key: 'new', run: 1 }]);
    expect(desk.runs('new')).toBe(1);
  });
});

describe('[B48] a failover by Sentinel to a replica that lacks the last writes', () => {
  let redis: RedisSentinel;
  let replication: TcpProxy;
  const prepared = new Map<string, Prepared>();
  beforeAll(async () => {
    redis = await startRedisSentinel({
      replicateVia: async (master) => (replication = await TcpProxy.start(master)).port,
    });
    const desks = new Map<string, RedisDesk>();
    for (const { name, sentinel } of families)
      desks.set(name, await RedisDesk.open(sentinel!(redis.port, MASTER)));
    for (const desk of desks.values()) await desk.send('old');
    await redis.replicated();
    replication.blackHole();
    for (const [name, desk] of desks) {
      const done = await desk.send('done');
      prepared.set(name, {
        desk,
        done,
        during: await desk.begin('during'),
        after: await desk.begin('after'),
        seen: [],
      });
    }
    replication.cut();
    await redis.killMaster();
  }, SLOW);
  afterAll(async () => {
    for (const { desk } of prepared.values()) await desk.close();
    await redis.stop();
    await replication.close();
  });

  it.each(families)('what was replicated is replayed: $name', async ({ name }) => {
    const { desk } = prepared.get(name)!;
    const answer = await desk.retry('old');
    expect([answer.replayed, answer.json]).toEqual([true, { key: 'old', run: 1 }]);
  });

  it.each(families)('a finished request that was not is unknown and runs again: $name', async ({ name }) => {
    const { desk } = prepared.get(name)!;
    const again = await desk.retry('done');
    expectRun(again, 'done', 2);
    expectReplay(await desk.retry('done'), again);
  });

  it.each(families)(
    'an attempt whose record is lost gives way to the one that took its place: $name',
    async ({ name }) => {
      const { desk, during } = prepared.get(name)!;
      const winner = await desk.retry('during');
      expectRun(winner, 'during', 2);
      during.finish();
      expectReplay(await during.answer, winner);
      expectReplay(await desk.retry('during'), winner);
    },
  );

  it.each(families)(
    'an attempt whose record is lost, and whose place nobody took, answers its client: $name',
    async ({ name }) => {
      const { desk, after } = prepared.get(name)!;
      after.finish();
      expectRun(await after.answer, 'after', 1);
      expectRun(await desk.retry('after'), 'after', 2);
    },
  );
});

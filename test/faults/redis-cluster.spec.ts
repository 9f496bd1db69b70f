import { Cluster } from 'ioredis';
import type { Answer } from '../support/create-app.js';
import {
  codeOf,
  expectRefused,
  expectReplay,
  expectRun,
  families,
  RedisDesk,
  type Running,
} from '../support/redis-desk.js';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.js';

const SLOW = 60_000;

/** An answer in a fault: the recorded one, one that says to come back, or, of a new key, the first. */
function expectNoSurprise(answer: Answer, key: string): void {
  if (answer.status === 503) expectRefused(answer);
  else if (answer.status === 409) expect(codeOf(answer)).toBe('IDEMPOTENCY_IN_PROGRESS');
  else expect([answer.status, answer.json]).toEqual([201, { key, run: 1 }]);
}

// One cluster for all: what comes last, kills a node of it.
let nodes: RedisCluster;
beforeAll(async () => (nodes = await startRedisCluster({ replica: true })), SLOW);
afterAll(() => nodes.stop());

describe.each(families)('[B48] a slot that moves to another node, with $name', (kind) => {
  let admin: Cluster;
  let desk: RedisDesk;
  beforeAll(async () => {
    admin = new Cluster([{ host: '127.0.0.1', port: nodes.ports[0]! }]);
    desk = await RedisDesk.open(kind.cluster(nodes.ports[0]!));
  });
  afterAll(async () => {
    await desk.close();
    admin.disconnect();
  });

  /** The Redis key that `action` makes. */
  const madeBy = async (action: () => Promise<unknown>): Promise<string> => {
    const all = async () =>
      (await Promise.all(admin.nodes('master').map((node) => node.keys(`${desk.prefix}*`)))).flat();
    const before = new Set(await all());
    await action();
    return (await all()).find((name) => !before.has(name))!;
  };

  it.each(['before the handler ends', 'while the handler ends'])(
    'with its keys, %s: the attempt is recorded where they are, and ran once',
    async (when) => {
      // Another slot for each family: the one before has moved.
      const key = `${when} ${kind.name}`;
      let held!: Running;
      const redisKey = await madeBy(async () => (held = await desk.begin(key)));
      const from = await nodes.ownerOf(redisKey);
      const migration = await nodes.migrateSlot(redisKey, from, (from + 1) % 3);
      expectNoSurprise(await desk.send(key), key);
      await migration.moveKeys();
      expectNoSurprise(await desk.send(key), key);
      if (when === 'before the handler ends') await migration.end();
      held.finish();
      expectRun(await held.answer, key, 1);
      expectNoSurprise(await desk.send(key), key);
      await migration.end();
      expectReplay(await desk.retry(key), await held.answer);
      expect(desk.runs(key)).toBe(1);
    },
  );

  it('with a recorded answer: it is replayed, or nothing is said until it has moved', async () => {
    const key = `done ${kind.name}`;
    let first!: Answer;
    const redisKey = await madeBy(async () => (first = await desk.send(key)));
    const from = await nodes.ownerOf(redisKey);
    const migration = await nodes.migrateSlot(redisKey, from, (from + 2) % 3);
    expectNoSurprise(await desk.send(key), key);
    await migration.moveKeys();
    expectNoSurprise(await desk.send(key), key);
    await migration.end();
    expectReplay(await desk.retry(key), first);
    expect(desk.runs(key)).toBe(1);
  });
});

describe('[B48] a primary that dies and whose replica takes its place', () => {
  const prepared = new Map<
    string,
    { desk: RedisDesk; keys: string[]; done: Answer[]; held: Running; seen: [string, Answer][] }
  >();
  beforeAll(async () => {
    for (const { name, cluster } of families) {
      // Not the one that dies: how a client finds the others first is its own business.
      const desk = await RedisDesk.open(cluster(nodes.ports[1]!));
      // Enough that some are on each node.
      const keys = Array.from({ length: 12 }, (_, i) => `done ${i}`);
      const done = await Promise.all(keys.map((key) => desk.send(key)));
      prepared.set(name, { desk, keys, done, held: await desk.begin('running'), seen: [] });
    }
    await nodes.replicated();
    let over = false;
    const failover = nodes.killFirst().then(() => (over = true));
    const asked = [...prepared.values()].map(async ({ desk, keys, seen }) => {
      while (!over) {
        const all = [...keys, 'running', 'new'];
        seen.push(
          ...(await Promise.all(all.map(async (key) => [key, await desk.send(key)] as [string, Answer]))),
        );
      }
    });
    await Promise.all([failover, ...asked]);
  }, SLOW);
  afterAll(async () => {
    for (const { desk } of prepared.values()) await desk.close();
  });

  it.each(families)('is answered for by 503, and by nothing that is not so: $name', ({ name }) => {
    const { seen } = prepared.get(name)!;
    expect(seen.some(([, { status }]) => status === 503)).toBe(true);
    for (const [key, answer] of seen) expectNoSurprise(answer, key);
  });

  it.each(families)('loses nothing that was replicated: $name', async ({ name }) => {
    const { desk, keys, done, held } = prepared.get(name)!;
    for (const [i, key] of keys.entries()) {
      expectReplay(await desk.retry(key), done[i]!);
      expect(desk.runs(key)).toBe(1);
    }
    held.finish();
    expectRun(await held.answer, 'running', 1);
    expectReplay(await desk.retry('running'), await held.answer);
    expect((await desk.retry('new')).json).toEqual({ key: 'new', run: 1 });
    expect([desk.runs('running'), desk.runs('new')]).toEqual([1, 1]);
  });
});

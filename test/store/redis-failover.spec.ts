import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { clientKinds, type OpenClient } from '../support/redis-clients.js';
import { begin, KEPT, nextSettled, RESPONSE, settleUntil } from '../support/redis-round-trip.js';
import { MASTER, startRedisSentinel, type RedisSentinel } from '../support/redis-sentinel.js';

const kinds = clientKinds.flatMap(({ name, sentinel }) => (sentinel ? [{ name, sentinel }] : []));
const SLOW = 60_000;

/** A finished and a running record, and a watcher. */
async function prepare(open: OpenClient) {
  const store = new RedisStore({ client: open.client });
  const [done, running, settled] = [await begin(store), await begin(store), await nextSettled(store)];
  await store.complete(done.ref, RESPONSE, KEPT);
  return { open, store, done, running, settled, seen: new Set<string>() };
}

describe('[B48] a master that dies, behind Sentinel', () => {
  const prepared = new Map<string, Awaited<ReturnType<typeof prepare>>>();
  let redis: RedisSentinel;
  beforeAll(async () => {
    redis = await startRedisSentinel();
    for (const { name, sentinel } of kinds)
      prepared.set(name, await prepare(await sentinel(redis.port, MASTER)));
    await redis.replicated();
    let over = false;
    const failover = redis.killMaster().then(() => (over = true));
    const ask = async ({ store, done, seen }: Awaited<ReturnType<typeof prepare>>) => {
      while (!over) {
        const answer = await store.acquire(done.claim).catch((error: unknown) => error as { code: string });
        seen.add('state' in answer ? answer.state : answer.code);
      }
    };
    await Promise.all([failover, ...[...prepared.values()].map(ask)]);
  }, SLOW);
  afterAll(async () => {
    for (const { store, open } of prepared.values()) await store.close().then(open.close);
    await redis.stop();
  });

  it.each(kinds)('a finished request gets its answer, or none: $name', async ({ name }) => {
    const { store, done, seen } = prepared.get(name)!;
    seen.delete(IdempotencyErrorCode.STORE_UNAVAILABLE);
    expect([...seen]).toEqual(['completed']);
    expect(await store.acquire(done.claim)).toMatchObject({ state: 'completed', response: RESPONSE });
  });

  it.each(kinds)('what was running is completed afterwards: $name', async ({ name }) => {
    const { store, running } = prepared.get(name)!;
    expect(await store.complete(running.ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
  });

  it.each(kinds)('the subscription comes back by itself: $name', async ({ name }) => {
    const { store, settled } = prepared.get(name)!;
    await settleUntil(settled.told, store);
  });
});

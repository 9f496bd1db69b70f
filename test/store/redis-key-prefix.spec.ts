import { Redis } from 'ioredis';
import { RedisStore } from '../../lib/store/redis/index.js';
import { using } from '../support/redis-clients.js';
import { monitorRedis, type RedisMonitor } from '../support/redis-monitor.js';
import { prefixingServers } from '../support/redis-odd-clients.js';
import { begin, HOUR, KEPT, listed, RESPONSE, roundTrip } from '../support/redis-round-trip.js';

describe('RedisStore with a client that puts `app:` before every key', () => {
  const port = Number(process.env.TEST_REDIS_PORT);
  const plain = new Redis(port);
  let monitor: RedisMonitor;
  beforeAll(async () => (monitor = await monitorRedis(port)));
  afterAll(() => (monitor.stop(), plain.disconnect()));

  it.each(prefixingServers)('[B47] keeps records under both prefixes, once: $name', ({ open }) =>
    using(open(port), async (client) => {
      const id = await roundTrip(new RedisStore({ client }));
      expect(await plain.keys(`*${id}*`)).toEqual([`app:idempotency:{${id}}`]);
    }),
  );

  it.each(prefixingServers)('[B47] lists them, and only them: $name', ({ open }) =>
    using(open(port), async (client) => {
      // What patterns mean something by, means itself.
      const [store, other] = ['a*[b]?:', 'axxb-:'].map((prefix) => new RedisStore({ client, prefix }));
      const [{ ref, claim }, foreign] = [await begin(store!), await begin(other!)];
      expect(await listed(store!)).toEqual([expect.objectContaining({ id: claim.id, state: 'in-progress' })]);
      await store!.complete(ref, RESPONSE, { response: HOUR, tombstone: HOUR });
      await plain.del(`app:a*[b]?:{${claim.id}}`);
      expect(await listed(store!)).toEqual([expect.objectContaining({ id: claim.id, state: 'expired' })]);
      expect(await store!.remove(claim.id)).toBe('removed');
      await other!.release(foreign.ref, 'nothing');
      expect(await plain.keys('app:a*')).toEqual([]);
    }),
  );

  it.each(prefixingServers)('announces where it listens, under both prefixes: $name', ({ open }) =>
    using(open(port), async (client) => {
      const store = new RedisStore({ client, prefix: 'outer:' });
      const unwatch = await store.watch(() => undefined);
      expect(await plain.pubsub('CHANNELS', '*outer:*')).toEqual(['app:outer:settled']);
      const { claim, ref } = await begin(store);
      await store.acquire({ ...claim, waiting: true });
      const { inside } = await monitor.during(() => store.complete(ref, RESPONSE, KEPT));
      expect(inside.at(-1)).toEqual(['PUBLISH', 'app:outer:settled', claim.id]);
      await unwatch();
    }),
  );
});

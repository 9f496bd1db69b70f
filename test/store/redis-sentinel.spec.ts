import { randomUUID } from 'node:crypto';
import { RedisStore } from '../../lib/store/redis/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { clientKinds, using, type OpenClient } from '../support/redis-clients.js';
import { begin, roundTrip } from '../support/redis-round-trip.js';
import { MASTER, startRedisSentinel, type RedisSentinel } from '../support/redis-sentinel.js';
import { sideBySide } from '../support/side-by-side.js';

const kinds = clientKinds.flatMap(({ name, sentinel }) => (sentinel ? [{ name, sentinel }] : []));
// The newest one in full: behind Sentinel, the others differ from it as they do on one server.
const [newest] = kinds as [(typeof kinds)[number]];

describe('[B47] behind Sentinel', () => {
  let redis: RedisSentinel;
  beforeAll(async () => (redis = await startRedisSentinel()));
  afterAll(() => redis.stop());

  it.each(kinds)('works with $name', ({ sentinel }) =>
    using(sentinel(redis.port, MASTER), async (client) => {
      const store = new RedisStore({ client });
      await roundTrip(store);
      await Promise.all(Array.from({ length: 50 }, () => begin(store)));
      await store.close();
    }),
  );

  describe('in full', () => {
    // Lists go through what is under the prefix: not through what other clients leave.
    const prefix = `${randomUUID()}:`;
    let open: OpenClient;
    beforeAll(async () => (open = await newest.sentinel(redis.port, MASTER)));
    afterAll(() => open.close());

    describeStoreConformance({
      name: `[B46] RedisStore with ${newest.name}`,
      runner: sideBySide(),
      create: () => new RedisStore({ client: open.client, prefix, eviction: 'ignore' }),
    });
  });
});

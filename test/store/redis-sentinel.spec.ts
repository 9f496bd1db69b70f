import { RedisStore } from '../../lib/store/redis/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { clientKinds, type OpenClient } from '../support/redis-clients.js';
import { MASTER, startRedisSentinel, type RedisSentinel } from '../support/redis-sentinel.js';

const kinds = clientKinds.flatMap(({ name, sentinel }) => (sentinel ? [{ name, sentinel }] : []));

describe('[B47] behind Sentinel', () => {
  let redis: RedisSentinel;
  beforeAll(async () => (redis = await startRedisSentinel()));
  afterAll(() => redis.stop());

  describe.each(kinds)('with $name', ({ name, sentinel }) => {
    let open: OpenClient;
    beforeAll(async () => (open = await sentinel(redis.port, MASTER)));
    afterAll(() => open.close());

    describeStoreConformance({
      name: `[B46] RedisStore with ${name}`,
      create: () => new RedisStore({ client: open.client }),
    });
  });
});

import { RedisStore } from '../../lib/store/redis/index.js';
import { using } from '../support/redis-clients.js';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.js';
import { oddClusters, oddServers } from '../support/redis-odd-clients.js';
import { begin, roundTrip } from '../support/redis-round-trip.js';

const manyAtOnce = (store: RedisStore) => Promise.all(Array.from({ length: 50 }, () => begin(store)));

describe('RedisStore with unusual options of the client', () => {
  it.each(oddServers)('works on one server: $name', ({ open }) =>
    using(open(Number(process.env.TEST_REDIS_PORT)), async (client) => {
      const store = new RedisStore({ client });
      await roundTrip(store);
      await manyAtOnce(store);
    }),
  );

  describe('on a cluster', () => {
    let nodes: RedisCluster;
    beforeAll(async () => (nodes = await startRedisCluster()));
    afterAll(() => nodes.stop());

    it.each(oddClusters)('[B47] works for records of all nodes at once: $name', ({ open }) =>
      using(open(nodes.ports[0]!), async (client) => {
        const store = new RedisStore({ client });
        await roundTrip(store);
        await manyAtOnce(store);
      }),
    );
  });
});

import { randomUUID } from 'node:crypto';
import { RedisStore } from '../../lib/store/redis/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { clientKinds, type OpenClient } from '../support/redis-clients.js';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.js';
import { sideBySide } from '../support/side-by-side.js';

describe('[B47] on a Redis Cluster', () => {
  let nodes: RedisCluster;
  beforeAll(async () => (nodes = await startRedisCluster()));
  afterAll(() => nodes.stop());

  describe.each(clientKinds)('with $name', ({ name, cluster }) => {
    // Lists go through what is under the prefix: not through what other clients leave.
    const prefix = `${randomUUID()}:`;
    let open: OpenClient;
    beforeAll(async () => (open = await cluster(nodes.ports[0]!)));
    afterAll(() => open.close());

    describeStoreConformance({
      name: `[B46] RedisStore with ${name}`,
      runner: sideBySide(),
      create: () => new RedisStore({ client: open.client, prefix, eviction: 'ignore' }),
    });
  });
});

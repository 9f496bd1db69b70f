import { randomUUID } from 'node:crypto';
import { RedisStore } from '../../lib/store/redis/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { clientKinds, type OpenClient } from '../support/redis-clients.js';
import { sideBySide } from '../support/side-by-side.js';

describe.each(clientKinds)('RedisStore with $name', ({ name, server }) => {
  // Lists go through what is under the prefix: not through what other clients leave.
  const prefix = `${randomUUID()}:`;
  let open: OpenClient;
  beforeAll(async () => (open = await server(Number(process.env.TEST_REDIS_PORT))));
  afterAll(() => open.close());

  describeStoreConformance({
    name: `[B46] RedisStore with ${name}`,
    runner: sideBySide(),
    create: () => new RedisStore({ client: open.client, prefix, eviction: 'ignore' }),
  });
});

import { randomUUID } from 'node:crypto';
import { CacheManagerStore } from '../../lib/store/cache-manager/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { cacheKinds, type OpenCache } from '../support/redis-caches.js';
import { sideBySide } from '../support/side-by-side.js';

describe.each(cacheKinds)('CacheManagerStore with $name', ({ name, open }) => {
  // Lists go through what is under the prefix: not through what other caches leave.
  const prefix = `${randomUUID()}:`;
  let opened: OpenCache;
  beforeAll(async () => (opened = await open(Number(process.env.TEST_REDIS_PORT))));
  afterAll(() => opened.close());

  describeStoreConformance({
    name: `[B46] CacheManagerStore with ${name}`,
    runner: sideBySide(),
    create: () => new CacheManagerStore(opened.cache, { prefix, eviction: 'ignore' }),
  });
});

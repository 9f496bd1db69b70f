import { createCache } from 'cache-manager';
import { Redis } from 'ioredis';
import { createClient, createClientPool } from 'redis';
import { createClient as createClient4 } from 'redis4';
import { IdempotencyErrorCode } from '../../../../lib/errors/error-codes.js';
import { RedisStore } from '../../../../lib/store/redis/index.js';
import { claimOf, KEPT, RESPONSE } from '../../../support/redis-round-trip.js';

const start = (client: unknown) => new RedisStore({ client: client as Redis }).start();

describe('the client of a RedisStore', () => {
  it.each([
    ['ioredis', () => new Redis({ lazyConnect: true })],
    ['node-redis', () => createClient()],
    ['node-redis 4', () => createClient4()],
    ['node-redis with another view of replies', () => createClient().withTypeMapping({})],
  ])('may be one that has not been connected: %s', async (_name, client) => {
    await start(client());
  });

  it.each([
    ['nothing', undefined, /is undefined, .*no Redis client.*Pass a client of ioredis/],
    ['null', null, /is null/],
    ['a URL', 'redis://localhost', /is a string, .*Pass a client/],
    ['a function', () => new Redis(), /is a function/],
    ['an object of somebody else', { get: 1 }, /is an object, /],
    ['a class of somebody else', new Map(), /an instance of Map/],
    ['an object without a prototype', Object.create(null), /is an object/],
    ['a promise of a client', Promise.resolve(), /an instance of Promise, .*`await` it/],
    ['a pool, which cannot subscribe', createClientPool(), /cannot subscribe: .*createClient\(\)/],
    ['a pipeline', new Redis({ lazyConnect: true }).pipeline(), /an instance of Pipeline/],
    ['node-redis 4 in legacy mode', createClient4({ legacyMode: true }), /without `legacyMode`/],
    ['a cache', createCache(), /CacheManagerStore/],
  ])('is refused with the reason when the application starts: %s', async (_name, client, message) => {
    await expect(start(client)).rejects.toMatchObject({
      code: IdempotencyErrorCode.CONFIGURATION,
      message: expect.stringMatching(message) as string,
    });
  });

  it('is refused by every operation, too, when start() was never called', async () => {
    const store = new RedisStore({ client: {} as Redis });
    const configuration = { code: IdempotencyErrorCode.CONFIGURATION };
    const ref = { id: 'id', fence: 1 };
    await expect(store.acquire(claimOf())).rejects.toMatchObject(configuration);
    await expect(store.extend(ref, 1, 1)).rejects.toMatchObject(configuration);
    await expect(store.complete(ref, RESPONSE, KEPT)).rejects.toMatchObject(configuration);
    await expect(store.release(ref, 'nothing')).rejects.toMatchObject(configuration);
    await expect(store.look('id')).rejects.toMatchObject(configuration);
    await expect(store.list({ limit: 1 })).rejects.toMatchObject(configuration);
    await expect(store.remove('id')).rejects.toMatchObject(configuration);
    await expect(store.watch(() => undefined)).rejects.toMatchObject(configuration);
    await store.close();
  });
});

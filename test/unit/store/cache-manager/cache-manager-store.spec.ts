import KeyvRedis from '@keyv/redis';
import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import { Test } from '@nestjs/testing';
import { createCache } from 'cache-manager';
import { caching } from 'cache-manager5';
import { createCache as createCache6 } from 'cache-manager6';
import { Keyv } from 'keyv';
import { IdempotencyErrorCode } from '../../../../lib/errors/error-codes.js';
import { CacheManagerStore, type CacheManager } from '../../../../lib/store/cache-manager/index.js';
import { claimOf } from '../../../support/redis-round-trip.js';
import { freePort, startRedis } from '../../../support/redis-server.mjs';

const configuration = (message: RegExp) => ({
  code: IdempotencyErrorCode.CONFIGURATION,
  message: expect.stringMatching(message) as string,
});

describe('CacheManagerStore', () => {
  it.each<[string, () => unknown]>([
    ['of cache-manager 7', () => createCache()],
    ['of cache-manager 6', () => createCache6()],
    ['of cache-manager 5', () => caching('memory')],
    ['of several stores', () => createCache({ stores: [new Keyv(), new Keyv(new Map())] })],
    [
      'that contains itself',
      () => ({
        ...createCache(),
        get store() {
          return this;
        },
      }),
    ],
    ['that is none', () => 'redis://localhost'],
    ['that is nothing', () => undefined],
  ])('refuses at the start a cache %s, for it has no Redis inside', async (_name, cache) => {
    const store = new CacheManagerStore((await cache()) as CacheManager);
    await expect(store.start()).rejects.toMatchObject(
      configuration(/no Redis client inside.*atomically.*cache-manager-ioredis-yet.*MemoryStore/),
    );
  });

  it('refuses a prefix that cannot begin a key, under its own name', () => {
    const make = () => new CacheManagerStore(createCache(), { prefix: 'a b' });
    expect(make).toThrow(expect.objectContaining(configuration(/^CacheManagerStore: `prefix`/)));
  });

  it('takes CACHE_MANAGER as Nest provides it, and Redis as it is', async () => {
    // A new server: it does not know the scripts either.
    const server = await startRedis();
    const app = await Test.createTestingModule({
      imports: [CacheModule.register({ stores: [new Keyv(), new KeyvRedis(server.url)] })],
    }).compile();
    await app.init();
    const store = new CacheManagerStore(app.get<CacheManager>(CACHE_MANAGER), { prefix: 'cache:' });
    await store.start();
    expect(await store.acquire(claimOf())).toMatchObject({ state: 'acquired' });
    await app.close();
    await server.stop();
  });

  it('[B48] is unavailable when the adapter cannot connect, and starts nevertheless', async () => {
    const adapter = new KeyvRedis(`redis://127.0.0.1:${await freePort()}`, { connectionTimeout: 50 });
    adapter.on('error', () => undefined);
    const store = new CacheManagerStore(createCache({ stores: [new Keyv({ store: adapter })] }));
    await store.start();
    await expect(store.acquire(claimOf())).rejects.toMatchObject({
      code: IdempotencyErrorCode.STORE_UNAVAILABLE,
    });
  });

  it('says what it can promise', () => {
    const { capabilities } = new CacheManagerStore(createCache());
    expect(capabilities).toMatchObject({
      name: 'cache-manager',
      durable: true,
      shared: true,
      notifies: true,
    });
  });
});

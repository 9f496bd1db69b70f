import { CacheModule, type CacheOptions } from '@nestjs/cache-manager';
import { KeyvAdapter, type CacheManagerStore } from 'cache-manager';
import { redisInsStore } from 'cache-manager-ioredis-yet';
import { Keyv } from 'keyv';
import { RedisConnection } from './redis.connection.js';

/** The application's cache: on its Redis if it has one, else in memory. */
export const ShopCacheModule = CacheModule.registerAsync({
  isGlobal: true,
  inject: [RedisConnection],
  useFactory: ({ client }: RedisConnection): CacheOptions => {
    if (!client) return {};
    // The package is typed for ioredis 5 and cache-manager 5; at run time both fit.
    const store = redisInsStore(client as never) as unknown as CacheManagerStore;
    return { stores: [new Keyv({ store: new KeyvAdapter(store) })] };
  },
});

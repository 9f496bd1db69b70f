import { checkNames } from '../../errors/unknown-names.js';
import type { StoreCapabilities } from '../idempotency-store.js';
import { DEFAULT_PREFIX } from '../redis/prefix.js';
import { ScriptedStore } from '../redis/scripted-store.js';
import type { Eviction } from '../redis/server-check.js';
import { driverInside } from './redis-inside.js';

/** What is behind `CACHE_MANAGER` of `@nestjs/cache-manager`: a cache of cache-manager 5, 6 or 7. */
export interface CacheManager {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
}

/** Options of a `CacheManagerStore`. */
export interface CacheManagerStoreOptions {
  /**
   * Stands before the id in the key of every record: 1 to 128 printable ASCII characters, without spaces and
   * braces. A namespace of the cache does not apply to records. @default 'idempotency:'
   */
  readonly prefix?: string;
  /**
   * What to do at the start about a Redis that may evict keys, as those of caches often do: `'warn'`, `'refuse'` to start,
   * or `'ignore'`. A server that cannot be asked is taken as it is. @default 'warn'
   */
  readonly eviction?: Eviction;
}

/**
 * Keeps records in the Redis that the application's cache already has: takes the client out of the cache and
 * works like `RedisStore`. It goes around the cache's own get and set, which answer a broken connection as
 * a miss. Emptying the cache (`clear()`, `reset()`) can delete records: then a retry runs again.
 *
 * @example
 * IdempotencyModule.forRootAsync({
 *   inject: [CACHE_MANAGER],
 *   useFactory: (cache: Cache) => ({ store: new CacheManagerStore(cache) }),
 * })
 */
export class CacheManagerStore extends ScriptedStore {
  override readonly capabilities: StoreCapabilities = Object.freeze({
    name: 'cache-manager',
    durable: true,
    shared: true,
    clock: 'server',
    notifies: true,
    verifiesResponses: true,
  });

  /** @throws IdempotencyConfigurationError when an option is wrong; the cache itself is looked at by `start()` */
  constructor(cache: CacheManager, options: CacheManagerStoreOptions = {}) {
    checkNames('CacheManagerStore', options, ['prefix', 'eviction']);
    super(() => driverInside(cache), options.prefix ?? DEFAULT_PREFIX, options.eviction ?? 'warn');
  }
}

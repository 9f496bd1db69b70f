import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import { checkNames } from '../../errors/unknown-names.js';
import type { StoreCapabilities } from '../idempotency-store.js';
import { driverFor } from './clients/driver-for.js';
import type { RedisClient } from './clients/redis-client.js';
import { DEFAULT_PREFIX } from './prefix.js';
import { ScriptedStore } from './scripted-store.js';
import type { Eviction } from './server-check.js';

/** Options of a `RedisStore`. */
export interface RedisStoreOptions {
  /**
   * A client of ioredis 5 or 6, iovalkey, or node-redis 4, 5 or 6; for one server, Sentinel or Cluster. The
   * store neither connects nor closes it. For waiting requests it opens one more connection like it.
   */
  readonly client: RedisClient;
  /**
   * Stands before the id in the key of every record: 1 to 128 printable ASCII characters, without spaces and
   * braces. A `keyPrefix` of the client goes before it. @default 'idempotency:'
   */
  readonly prefix?: string;
  /**
   * What to do at the start about a Redis that may evict keys (`maxmemory` with another policy than `noeviction`), which
   * would let requests run again: `'warn'`, `'refuse'` to start, or `'ignore'`. A server that cannot be asked is taken as
   * it is. @default 'warn'
   */
  readonly eviction?: Eviction;
}

/**
 * Keeps records in Redis 5 or later, or Valkey: a string key per record and one for its tombstone, one script
 * and one round trip per operation, on the server's clock. The server must not evict keys (`maxmemory-policy noeviction`).
 *
 * @example
 * new RedisStore({ client: new Redis(process.env.REDIS_URL) })
 */
export class RedisStore extends ScriptedStore {
  override readonly capabilities: StoreCapabilities = Object.freeze({
    name: 'redis',
    durable: true,
    shared: true,
    clock: 'server',
    notifies: true,
    verifiesResponses: true,
  });

  /** @throws IdempotencyConfigurationError when an option is wrong; the client itself is looked at by `start()` */
  constructor(options: RedisStoreOptions) {
    // Its own: clients have a method of that name.
    if (typeof options !== 'object' || options === null || !Object.hasOwn(options, 'client')) {
      throw new IdempotencyConfigurationError([
        'RedisStore takes an object with a client: new RedisStore({ client }).',
      ]);
    }
    checkNames('RedisStore', options, ['client', 'prefix', 'eviction']);
    const { client, prefix = DEFAULT_PREFIX, eviction = 'warn' } = options;
    super(() => driverFor(client), prefix, eviction);
  }
}

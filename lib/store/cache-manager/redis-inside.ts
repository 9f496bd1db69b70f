import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import { findDriver, whatIs } from '../redis/clients/driver-for.js';
import type { RedisDriver } from '../redis/clients/redis-driver.js';
import { OpeningDriver } from './opening-driver.js';

/**
 * Where caches keep what they are made of: cache-manager its stores (`stores`, before 6 `store`), Cacheable
 * its two tiers, Keyv its adapter (`store`), cache-manager's KeyvAdapter the older store (`_cache`), stores
 * and adapters their client (`client`, @keyv/valkey `redis`).
 */
const PARTS = ['stores', 'primary', 'secondary', 'store', '_cache', 'client', 'redis'] as const;

/** Cache, Keyv, adapter, store, client: with a list of stores that is six steps at the most. */
const DEPTH = 6;

/**
 * The driver for the first Redis client in a cache, looked for in all of its stores.
 *
 * @throws IdempotencyConfigurationError when there is none
 */
export function driverInside(cache: unknown): RedisDriver {
  const driver = search(cache, DEPTH);
  if (driver) return driver;
  throw new IdempotencyConfigurationError([
    `CacheManagerStore: there is no Redis client inside the cache, which is ${whatIs(cache)}. A cache only ` +
      'knows get, set and del, and none of them can take a key atomically, so two requests could run at once. ' +
      'Give the cache a Redis store (cache-manager-ioredis-yet, @keyv/redis, @keyv/valkey), or use RedisStore ' +
      'with a client of your own, or MemoryStore for a single process.',
  ]);
}

function search(node: unknown, depth: number, owner?: unknown): RedisDriver | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const driver = findDriver(node);
  if (driver) return OpeningDriver.wrap(driver, node, owner);
  if (depth === 0) return undefined;
  const parts = Array.isArray(node)
    ? (node as unknown[])
    : PARTS.map((part) => (node as Record<string, unknown>)[part]);
  for (const part of parts) {
    const found = search(part, depth - 1, node);
    if (found) return found;
  }
  return undefined;
}

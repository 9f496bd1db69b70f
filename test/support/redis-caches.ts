// Caches over Redis, as applications make them for CACHE_MANAGER.
import KeyvRedis, { createKeyv } from '@keyv/redis';
import KeyvValkey from '@keyv/valkey';
import { createCache, KeyvAdapter } from 'cache-manager';
import { redisStore } from 'cache-manager-ioredis-yet';
import { caching as caching5 } from 'cache-manager5';
import { createCache as createCache6, KeyvAdapter as KeyvAdapter6 } from 'cache-manager6';
import { Keyv } from 'keyv';
import type { CacheManager } from '../../lib/store/cache-manager/index.js';

export interface OpenCache {
  readonly cache: CacheManager;
  close(): Promise<void>;
}

export interface CacheKind {
  readonly name: string;
  open(port: number): Promise<OpenCache>;
}

const host = '127.0.0.1';
const url = (port: number) => `redis://${host}:${port}`;

async function ioredisYet(port: number, cacheOf: (store: never) => CacheManager | Promise<CacheManager>) {
  const store = await redisStore({ host, port });
  return { cache: await cacheOf(store as never), close: async () => void store.client.disconnect() };
}

async function keyv(
  stores: Keyv[],
  cacheOf: (options: { stores: Keyv[] }) => CacheManager,
): Promise<OpenCache> {
  const close = async () => void (await Promise.all(stores.map((store) => store.disconnect())));
  return { cache: cacheOf({ stores }), close };
}

export const cacheKinds: readonly CacheKind[] = [
  {
    name: 'cache-manager 7 over cache-manager-ioredis-yet',
    open: (port) =>
      ioredisYet(port, (store) => createCache({ stores: [new Keyv({ store: new KeyvAdapter(store) })] })),
  },
  {
    name: 'cache-manager 6 over cache-manager-ioredis-yet',
    open: (port) =>
      ioredisYet(port, (store) => createCache6({ stores: [new Keyv({ store: new KeyvAdapter6(store) })] })),
  },
  {
    name: 'cache-manager 5 over cache-manager-ioredis-yet',
    open: (port) => ioredisYet(port, (store) => caching5(store)),
  },
  {
    name: 'cache-manager 7 over @keyv/redis',
    open: (port) => keyv([createKeyv(url(port))], createCache),
  },
  {
    name: 'cache-manager 6 over @keyv/redis, behind one in memory',
    open: (port) => keyv([new Keyv(), new Keyv({ store: new KeyvRedis(url(port)) })], createCache6),
  },
  {
    name: 'cache-manager 7 over @keyv/valkey',
    open: (port) => keyv([new Keyv({ store: new KeyvValkey(url(port)) })], createCache),
  },
  {
    name: 'cache-manager 6 over @keyv/valkey',
    open: (port) => keyv([new Keyv({ store: new KeyvValkey(url(port)) })], createCache6),
  },
];

// The stores that the suites run on: the real ones, each test with keys of its own.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { MemoryStore, type IdempotencyStore } from 'nestjs-idempotency';
import { RedisStore } from 'nestjs-idempotency/redis';
import { PLATFORMS } from './create-app.js';

export interface OpenStore {
  readonly store: IdempotencyStore;
  close(): Promise<void>;
}

export const STORES = ['memory', 'redis'] as const;
export type StoreName = (typeof STORES)[number];

export function openStore(name: StoreName): OpenStore {
  if (name === 'memory') return { store: new MemoryStore(), close: async () => undefined };
  const client = new Redis(Number(process.env.TEST_REDIS_PORT));
  const store = new RedisStore({ client, prefix: `${randomUUID()}:` });
  return { store, close: async () => client.disconnect() };
}

/** Every platform on every store, for `describe.each`. */
export const PLATFORMS_AND_STORES = PLATFORMS.flatMap((platform) =>
  STORES.map((store) => [platform, store] as const),
);

import { join } from 'node:path';
import { registerAs } from '@nestjs/config';
import { readEnvironment, type Environment, type Store } from './environment.js';

/** The shop's settings, checked. Inject with `@Inject(shopConfig.KEY)`. */
export interface ShopConfig {
  readonly port: number;
  readonly adapter: 'express' | 'fastify';
  readonly redisUrl?: string;
  readonly databaseUrl?: string;
  readonly store: Store;
  /** Where the file is, with `sqlite`. */
  readonly dataDir?: string;
  /** ms; the library's default if absent. */
  readonly idempotencyLease?: number;
  /** ms; the library's default if absent. */
  readonly idempotencyTtl?: number;
  readonly jwtSecret?: string;
  readonly demoFaults: boolean;
}

export const shopConfig = registerAs('shop', (): ShopConfig => {
  const environment = readEnvironment(process.env);
  return {
    port: environment.PORT,
    adapter: environment.ADAPTER,
    redisUrl: environment.REDIS_URL,
    databaseUrl: environment.DATABASE_URL,
    store: storeOf(environment),
    dataDir: environment.DATA_DIR,
    idempotencyLease: environment.IDEMPOTENCY_LEASE_MS,
    idempotencyTtl: environment.IDEMPOTENCY_TTL_MS,
    jwtSecret: environment.JWT_SECRET,
    demoFaults: environment.DEMO_FAULTS === '1',
  };
});

function storeOf({ STORE, REDIS_URL, DATABASE_URL }: Environment): Store {
  if (STORE) return STORE;
  if (REDIS_URL) return 'redis';
  return DATABASE_URL ? 'postgres' : 'sqlite';
}

/** Where everything is kept, for people: without users and passwords. */
export function placeOf({ store, redisUrl, databaseUrl, dataDir }: ShopConfig): string {
  if (store === 'sqlite' && dataDir) return `sqlite in ${join(dataDir, 'shop.db')}`;
  const url = redisUrl ?? databaseUrl;
  if (!url) return store;
  const { host, pathname } = new URL(url);
  return `${store} at ${host}${pathname}`;
}

/** The settings, for a program that is about to start. Who starts it with a wrong variable wants its name, not a stack. */
export function configOrExit(): ShopConfig {
  try {
    return shopConfig();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

import { registerAs } from '@nestjs/config';
import { readEnvironment } from './environment.js';

/** The shop's settings, checked. Inject with `@Inject(shopConfig.KEY)`. */
export interface ShopConfig {
  readonly port: number;
  readonly adapter: 'express' | 'fastify';
  readonly redisUrl?: string;
  readonly store: 'sqlite' | 'memory' | 'redis' | 'cache-manager';
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
    store: environment.STORE ?? (environment.REDIS_URL ? 'redis' : 'sqlite'),
    dataDir: environment.DATA_DIR,
    idempotencyLease: environment.IDEMPOTENCY_LEASE_MS,
    idempotencyTtl: environment.IDEMPOTENCY_TTL_MS,
    jwtSecret: environment.JWT_SECRET,
    demoFaults: environment.DEMO_FAULTS === '1',
  };
});

import { createHmac } from 'node:crypto';
import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import type {
  IdempotencyModuleOptions,
  IdempotencyOptionsFactory,
  IdempotencyStore,
} from 'nestjs-idempotency';
import { CacheManagerStore } from 'nestjs-idempotency/cache-manager';
import { PostgresStore } from 'nestjs-idempotency/postgres';
import { RedisStore } from 'nestjs-idempotency/redis';
import { SqliteStore } from 'nestjs-idempotency/sqlite';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { RequestOutcomes } from '../logging/request-outcomes.js';
import { SHOP_SECRET } from '../secrets/shop-secret.provider.js';
import { PostgresConnection } from '../storage/postgres.connection.js';
import { SHOP_SCHEMA } from '../storage/postgres.migrations.js';
import { RedisConnection } from '../storage/redis.connection.js';
import { SqliteConnection } from '../storage/sqlite.connection.js';

/** How the shop uses the library. Callers are told apart by `request.user.id`, which the session guard sets. */
@Injectable()
export class ShopIdempotencyOptions implements IdempotencyOptionsFactory {
  constructor(
    @Inject(shopConfig.KEY) private readonly config: ShopConfig,
    @Inject(SHOP_SECRET) private readonly secret: string,
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly redis: RedisConnection,
    private readonly postgres: PostgresConnection,
    private readonly sqlite: SqliteConnection,
    private readonly outcomes: RequestOutcomes,
  ) {}

  createIdempotencyOptions(): IdempotencyModuleOptions {
    return {
      store: this.store(),
      ...this.guarantee(),
      lease: this.config.idempotencyLease,
      ttl: this.config.idempotencyTtl,
      // Bodies hold card numbers: who reads the store must not be able to test guesses of them.
      secret: createHmac('sha256', this.secret).update('idempotency fingerprints').digest('base64url'),
      // To the access log. Incidents (a save that failed, a lost lease) the library logs by itself.
      onEvent: (event) => this.outcomes.note(event),
    };
  }

  /** Nothing means the library's own MemoryStore. */
  private store(): IdempotencyStore | undefined {
    if (this.sqlite.idempotency) return new SqliteStore({ database: this.sqlite.idempotency });
    if (this.postgres.idempotency)
      return new PostgresStore({ client: this.postgres.idempotency, schema: SHOP_SCHEMA });
    if (!this.redis.client) return undefined;
    return this.config.store === 'cache-manager'
      ? new CacheManagerStore(this.cache)
      : new RedisStore({ client: this.redis.client, prefix: 'shop:idempotency:' });
  }

  /**
   * In one database with the orders, an answer is committed with what its handler wrote: both or neither. For all
   * routes that do not say otherwise. Elsewhere, what a second attempt finds done is the shop's business.
   */
  private guarantee(): Pick<IdempotencyModuleOptions, 'guarantee' | 'transactions'> {
    const { shop } = this.postgres;
    return shop ? { guarantee: 'exactly-once', transactions: shop.transactions } : {};
  }
}

import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Pool, type PoolConfig } from 'pg';
import { checkMigrations } from './migrate-postgres.js';
import { ShopDatabase } from './shop-database.js';

/** The shop's Postgres, if it has one. Who opens it closes it: here. */
@Injectable()
export class PostgresConnection implements OnApplicationShutdown {
  private constructor(
    /** The shop's tables. */
    readonly shop?: ShopDatabase,
    /** For the library alone: it claims keys and renews leases while handlers hold all connections of the shop. */
    readonly idempotency?: Pool,
    private readonly pools: readonly Pool[] = [],
  ) {}

  /** Looks whether the tables are there; nothing without a URL. */
  static async open(url: string | undefined): Promise<PostgresConnection> {
    if (!url) return new PostgresConnection();
    const pool = openPool(url, {
      max: 10,
      // The locks of a process that hangs in the middle of an order are free after this; ms, and longer than
      // the longest `X-Demo-Fault: delay`. Behind PgBouncer, set it for the role instead.
      idle_in_transaction_session_timeout: 70_000,
    });
    const idempotency = openPool(url, { max: 4 });
    const connection = new PostgresConnection(new ShopDatabase(pool), idempotency, [pool, idempotency]);
    try {
      await checkMigrations(connection.shop!);
    } catch (error) {
      await connection.onApplicationShutdown();
      throw error;
    }
    return connection;
  }

  /** The last hook: requests in flight are answered and recorded by now. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.end()));
  }
}

function openPool(connectionString: string, options: PoolConfig): Pool {
  // A request would rather fail after five seconds than wait for ever for a connection.
  const pool = new Pool({ connectionString, connectionTimeoutMillis: 5_000, ...options });
  // Without a listener, the loss of an idle connection would end the process. The pool opens others.
  pool.on('error', (error) => new Logger('Postgres').warn(`A connection is lost: ${error.message}`));
  return pool;
}

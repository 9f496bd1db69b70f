// A shop whose orders are in the Postgres of this run, in the schema of its records.
import { Body, Controller, Headers, Inject, Post, applyDecorators } from '@nestjs/common';
import {
  IdempotencyContext,
  Idempotent,
  type IdempotencyEvent,
  type IdempotencyModuleOptions,
  type IdempotentOptions,
  type TransactionRunner,
} from 'nestjs-idempotency';
import {
  pgTransactions,
  type PgTransactions,
  type PgTransactionsOptions,
  type PostgresStore,
} from 'nestjs-idempotency/postgres';
import type { Pool, PoolClient } from 'pg';
import { createApp, send, type Platform, type TestApp } from '../support/create-app.js';
import { openPlace, type Place } from '../support/postgres-store.js';

export interface Order {
  readonly key: string;
  readonly run: number;
  readonly attempt: number;
  readonly client: PoolClient;
  readonly signal: AbortSignal;
}

export interface ShopOptions {
  readonly route?: IdempotentOptions;
  readonly module?: IdempotencyModuleOptions;
  readonly transactions?: PgTransactionsOptions;
  /** Around the shop's own runner. */
  readonly runner?: (transactions: PgTransactions<PoolClient>) => TransactionRunner;
  readonly decorators?: readonly MethodDecorator[];
  readonly pool?: Pool;
  readonly store?: (place: Place) => PostgresStore;
  /** URL of another database than that of this run. */
  readonly database?: string;
}

export class Shop {
  app!: TestApp;
  place!: Place;
  store!: PostgresStore;
  transactions!: PgTransactions<PoolClient>;
  runs = 0;
  readonly events: IdempotencyEvent[] = [];
  /** What the handler does after it has written the order. */
  after: (order: Order) => unknown = ({ run }) => ({ run });

  static async open(platform: Platform, options: ShopOptions = {}): Promise<Shop> {
    const shop = new Shop();
    shop.place = await openPlace(options.database ? { connectionString: options.database } : {});
    await shop.place.pool.query(
      `CREATE TABLE "${shop.place.schema}".orders (key text, run int, xid xid8 DEFAULT pg_current_xact_id())`,
    );
    shop.store = options.store?.(shop.place) ?? shop.place.store();
    const pool = options.pool ?? shop.place.pool;
    shop.transactions = pgTransactions(pool, options.transactions);

    @Controller()
    class Orders {
      constructor(@Inject(IdempotencyContext) private readonly context: IdempotencyContext) {}

      @Post('orders')
      @Idempotent({ scope: 'public', ...options.route })
      @applyDecorators(...(options.decorators ?? []))
      async create(@Headers('idempotency-key') key: string, @Body() _body: unknown): Promise<unknown> {
        const client = shop.transactions.current()!;
        const { attempt = 0, signal = new AbortController().signal } = this.context;
        const run = ++shop.runs;
        await client.query(`INSERT INTO "${shop.place.schema}".orders (key, run) VALUES ($1, $2)`, [
          key,
          run,
        ]);
        return shop.after({ key, run, attempt, client, signal });
      }
    }

    try {
      shop.app = await createApp(platform, {
        controllers: [Orders],
        idempotency: {
          store: shop.store,
          transactions: options.runner?.(shop.transactions) ?? shop.transactions,
          guarantee: 'exactly-once',
          onEvent: (event) => shop.events.push(event),
          ...options.module,
        },
      });
    } catch (error) {
      await shop.place.close();
      throw error;
    }
    return shop;
  }

  order(key: string, init: Parameters<typeof send>[1] = {}) {
    return send(`${this.app.url}/orders`, { key, json: { item: 'tea' }, ...init });
  }

  /** Runs of the orders that were committed under a key. */
  async orders(key: string): Promise<number[]> {
    const { rows } = await this.place.pool.query<{ run: number }>(
      `SELECT run FROM "${this.place.schema}".orders WHERE key = $1 ORDER BY run`,
      [key],
    );
    return rows.map(({ run }) => run);
  }

  get outcomes(): string[] {
    return this.events.flatMap((event) => (event.kind === 'outcome' ? [event.outcome] : []));
  }

  get incidents(): string[] {
    return this.events.flatMap((event) => (event.kind === 'incident' ? [event.incident] : []));
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.place.close();
  }
}

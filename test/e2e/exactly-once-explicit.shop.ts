// A shop whose handler begins its own transaction of plain `pg`, in the Postgres of this run.
import { applyDecorators, Body, Controller, Headers, Inject, Post } from '@nestjs/common';
import {
  IdempotencyContext,
  Idempotent,
  type IdempotencyEvent,
  type IdempotencyModuleOptions,
  type IdempotentOptions,
} from 'nestjs-idempotency';
import type { PostgresStore } from 'nestjs-idempotency/postgres';
import type { PoolClient } from 'pg';
import { createApp, send, type Platform, type TestApp } from '../support/create-app.js';
import { openPlace, type Place } from '../support/postgres-store.js';

export interface Visit {
  readonly key: string;
  /** Executions of the handler so far. */
  readonly run: number;
  readonly context: IdempotencyContext;
}

export interface ExplicitShopOptions {
  readonly route?: IdempotentOptions;
  readonly module?: IdempotencyModuleOptions;
  readonly decorators?: readonly MethodDecorator[];
}

export class ExplicitShop {
  app!: TestApp;
  place!: Place;
  store!: PostgresStore;
  runs = 0;
  readonly events: IdempotencyEvent[] = [];
  /** What went wrong in the handler's function. */
  readonly failures: unknown[] = [];

  /** The handler. */
  handle: (visit: Visit) => unknown = (visit) =>
    this.begin(async (client) => {
      await this.insert(client, visit);
      return visit.context.commitWith(client, { run: visit.run });
    });

  static async open(platform: Platform, options: ExplicitShopOptions = {}): Promise<ExplicitShop> {
    const shop = new ExplicitShop();
    shop.place = await openPlace();
    await shop.place.pool.query(
      `CREATE TABLE "${shop.place.schema}".orders (key text, run int, xid xid8 DEFAULT pg_current_xact_id())`,
    );
    shop.store = shop.place.store();

    @Controller()
    class Orders {
      constructor(@Inject(IdempotencyContext) private readonly context: IdempotencyContext) {}

      @Post('orders')
      @Idempotent({ guarantee: 'exactly-once', transaction: 'explicit', scope: 'public', ...options.route })
      @applyDecorators(...(options.decorators ?? []))
      create(@Headers('idempotency-key') key: string, @Body() _body: unknown): unknown {
        return shop.handle({ key, run: ++shop.runs, context: this.context });
      }
    }

    try {
      shop.app = await createApp(platform, {
        controllers: [Orders],
        idempotency: {
          store: shop.store,
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

  /** As applications without a library for it write it. */
  async begin<T>(work: (client: PoolClient) => Promise<T>, how = 'BEGIN'): Promise<T> {
    const client = await this.place.pool.connect();
    const onError = (): void => undefined;
    client.on('error', onError);
    try {
      await client.query(how);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      this.failures.push(error);
      await client.query('ROLLBACK').catch(onError);
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release();
    }
  }

  insert(client: PoolClient, { key, run }: Pick<Visit, 'key' | 'run'>) {
    return client.query(`INSERT INTO "${this.place.schema}".orders (key, run) VALUES ($1, $2)`, [key, run]);
  }

  order(key: string | undefined, init: Parameters<typeof send>[1] = {}) {
    return send(`${this.app.url}/orders`, {
      ...(key !== undefined && { key }),
      json: { item: 'tea' },
      ...init,
    });
  }

  /** Runs of the orders that were committed. */
  async orders(): Promise<number[]> {
    const rows = await this.place.rows<{ run: number }>(
      `SELECT run FROM "${this.place.schema}".orders ORDER BY run`,
    );
    return rows.map(({ run }) => run);
  }

  /** Whether each order was written by the transaction that completed its record. */
  async together(): Promise<boolean[]> {
    const rows = await this.place.rows<{ same: boolean }>(
      `SELECT r.xmin::text = o.xid::text AS same FROM $table AS r, "${this.place.schema}".orders AS o`,
    );
    return rows.map(({ same }) => same);
  }

  get outcomes(): string[] {
    return this.events.flatMap((event) => (event.kind === 'outcome' ? [event.outcome] : []));
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.place.close();
  }
}

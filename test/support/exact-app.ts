// A process of a shop under exactly-once, on both platforms; at the point that it is told, a request stops and says so.
import { Controller, Headers, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { Pool, type PoolClient } from 'pg';
import 'reflect-metadata';
import { IdempotencyModule, Idempotent, type TransactionRunner } from '../../lib/index.js';
import { pgTransactions, PostgresStore } from '../../lib/store/postgres/index.js';
import { setFaultPoints } from '../../lib/testing/fault-points.js';

export type ExactPoint = 'after the write' | 'before the save' | 'before the commit' | 'before the reply';

export interface ExactSettings {
  readonly url: string;
  readonly schema: string;
  readonly lease: number;
  readonly point?: ExactPoint;
}

export type FromExact =
  | { readonly kind: 'listens'; readonly urls: Record<'express' | 'fastify', string> }
  | { readonly kind: 'reached' };

const settings = JSON.parse(process.env['EXACT_SETTINGS']!) as ExactSettings;
const { schema, lease, point } = settings;
const tell = (message: FromExact) => void process.send?.(message);

/** Nobody goes on from there: the process is killed. */
async function reach(here: ExactPoint): Promise<void> {
  if (here !== point) return;
  tell({ kind: 'reached' });
  await new Promise(() => undefined);
}

const pool = new Pool({ connectionString: settings.url });
pool.on('error', () => undefined);
const inner = pgTransactions<PoolClient>(pool);
const transactions: TransactionRunner = {
  run: (work) =>
    inner.run(async (tx) => {
      const result = await work(tx);
      await reach('before the commit');
      return result;
    }),
};

@Controller()
class Orders {
  @Post('orders')
  @Idempotent({ guarantee: 'exactly-once' })
  async create(@Headers('idempotency-key') key: string) {
    const { rows } = await inner
      .current()!
      .query<{ id: string }>(`INSERT INTO "${schema}".orders (key) VALUES ($1) RETURNING id`, [key]);
    await reach('after the write');
    return { id: rows[0]!.id };
  }
}

async function start(adapter: ExpressAdapter | FastifyAdapter): Promise<string> {
  const store = new PostgresStore({ client: pool, schema, purgeInterval: false });
  class AppModule {}
  const imports = [IdempotencyModule.forRoot({ store, transactions, lease, scope: 'public' })];
  const root = { module: AppModule, imports, controllers: [Orders] };
  const app = await NestFactory.create(root, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  setFaultPoints(app, async (fault) => {
    if (fault === 'before-save') await reach('before the save');
    if (fault === 'before-reply') await reach('before the reply');
  });
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

async function startAll(): Promise<void> {
  const urls = { express: await start(new ExpressAdapter()), fastify: await start(new FastifyAdapter()) };
  tell({ kind: 'listens', urls });
}

// Nobody is left to end this process.
process.on('disconnect', () => process.exit());
void startAll();

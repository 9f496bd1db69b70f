// A process of a shop under exactly-once, on both platforms; at the point that it is told, a request stops and says so.
import { Controller, Headers, Inject, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { Pool, type PoolClient } from 'pg';
import 'reflect-metadata';
import {
  IdempotencyContext,
  IdempotencyModule,
  Idempotent,
  type TransactionRunner,
} from '../../lib/index.js';
import { pgTransactions, PostgresStore } from '../../lib/store/postgres/index.js';
import { setFaultPoints } from '../../lib/testing/fault-points.js';

export type ExactPoint =
  'after the write' | 'between effects' | 'before the save' | 'before the commit' | 'before the reply';

export interface ExactSettings {
  readonly url: string;
  readonly schema: string;
  readonly lease: number;
}

export type ToExact = { readonly kind: 'stop at'; readonly point: ExactPoint } | { readonly kind: 'go on' };

export type FromExact =
  | { readonly kind: 'listens'; readonly urls: Record<'express' | 'fastify', string> }
  /** `backends`: those that have run a handler since it was told where to stop. */
  | { readonly kind: 'reached'; readonly backends: readonly number[] };

const settings = JSON.parse(process.env['EXACT_SETTINGS']!) as ExactSettings;
const { schema, lease } = settings;
const tell = (message: FromExact) => void process.send?.(message);

let point: ExactPoint | undefined;
let goOn: () => void = () => undefined;
let mayGoOn: Promise<void> = Promise.resolve();
const backends = new Set<number>();

process.on('message', (message: ToExact) => {
  if (message.kind === 'stop at') {
    point = message.point;
    backends.clear();
    mayGoOn = new Promise((resolve) => (goOn = resolve));
  } else {
    point = undefined;
    goOn();
  }
});

/** Waits there until it may go on; or is killed. */
async function reach(here: ExactPoint): Promise<void> {
  if (here !== point) return;
  tell({ kind: 'reached', backends: [...backends] });
  await mayGoOn;
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

/** Stands for a service elsewhere: what it was asked stays so, whatever becomes of the transaction. */
async function ask(what: string, key: string): Promise<string> {
  await pool.query(`INSERT INTO "${schema}".asked (what, key) VALUES ($1, $2)`, [what, key]);
  return `${what} done`;
}

@Controller()
class Orders {
  constructor(@Inject(IdempotencyContext) private readonly idempotency: IdempotencyContext) {}

  @Post('orders')
  @Idempotent({ guarantee: 'exactly-once' })
  async create(@Headers('idempotency-key') key: string) {
    const tx = inner.current()!;
    if (point) backends.add((await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid);
    const insert = `INSERT INTO "${schema}".orders (key) VALUES ($1) RETURNING id`;
    const { rows } = await tx.query<{ id: string }>(insert, [key]);
    await reach('after the write');
    return { id: rows[0]!.id };
  }

  @Post('journeys')
  @Idempotent({ guarantee: 'exactly-once' })
  async travel(@Headers('idempotency-key') key: string) {
    const order = await this.create(key);
    await this.idempotency.effect('seat', (effect) => ask('seat', effect.key));
    await reach('between effects');
    const charge = await this.idempotency.effect('charge', (effect) => ask('charge', effect.key));
    return { ...order, charge };
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

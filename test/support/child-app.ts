// One process of an application whose handler tells its parent that it runs, and ends when the parent says so.
import { Body, Controller, Headers, HttpException, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { IdempotencyContext, IdempotencyModule, Idempotent, MemoryStore } from '../../lib/index.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import type { ChildSettings, FromChild, ToChild } from './child-protocol.js';

const settings = JSON.parse(process.env['CHILD_SETTINGS']!) as ChildSettings;
const { lease, shortLease = lease, wait = 0, clockSkew = 0, redis } = settings;

if (clockSkew) {
  const { now } = Date;
  Date.now = () => now() + clockSkew;
}

const gates = new Map<string, (status: number) => void>();
const tell = (message: FromChild) => void process.send?.(message);

process.on('message', (message: ToChild) => {
  if (message.kind === 'end') gates.get(message.key)?.(message.status ?? 201);
  if (message.kind === 'block')
    for (const until = performance.now() + message.ms; performance.now() < until;);
  if (message.kind === 'ping') tell({ kind: 'pong' });
  if (message.kind === 'close') void shutDown();
});

@Controller()
class WorkController {
  constructor(private readonly idempotency: IdempotencyContext) {}

  @Post('work')
  @Idempotent({ lease, wait })
  work(@Headers('idempotency-key') key: string, @Body() body: { atOnce?: boolean }) {
    return this.run(key, body);
  }

  @Post('brief')
  @Idempotent({ lease: shortLease, wait })
  brief(@Headers('idempotency-key') key: string, @Body() body: { atOnce?: boolean }) {
    return this.run(key, body);
  }

  private async run(key: string, body: { atOnce?: boolean }) {
    const { attempt = 0, signal } = this.idempotency;
    signal?.addEventListener('abort', () => tell({ kind: 'aborted', key, attempt }));
    const end = new Promise<number>((resolve) => gates.set(key, resolve));
    tell({ kind: 'runs', key, attempt });
    const status = body.atOnce ? 201 : await end;
    if (status >= 400) throw new HttpException({ by: settings.name }, status);
    return { by: settings.name, attempt };
  }
}

const client = redis && new Redis(redis.port, '127.0.0.1', { retryStrategy: () => 50 });
client?.on('error', () => undefined);
const store = client ? new RedisStore({ client, prefix: redis!.prefix }) : new MemoryStore();
store.close = async () => {
  await Object.getPrototypeOf(store).close?.call(store);
  tell({ kind: 'store-closed' });
};

let app: Awaited<ReturnType<typeof start>> | undefined;

async function start() {
  const module = IdempotencyModule.forRoot({
    store,
    ...settings.module,
    onEvent: (event) => {
      if (event.kind === 'outcome') tell({ kind: 'outcome', outcome: event.outcome });
      else tell({ kind: 'incident', incident: event.incident });
    },
  });
  class AppModule {}
  const root = { module: AppModule, imports: [module], controllers: [WorkController] };
  const adapter = settings.platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const application = await NestFactory.create(root, adapter, { logger: false });
  application.enableShutdownHooks();
  await application.listen(0, '127.0.0.1');
  const { port } = application.getHttpServer().address() as AddressInfo;
  tell({ kind: 'listens', url: `http://127.0.0.1:${port}` });
  return application;
}

/** Closes what this file opened, and nothing else: the process must end by itself. */
async function shutDown(): Promise<void> {
  await app?.close();
  await client?.quit().catch(() => undefined);
  tell({ kind: 'closed', resources: process.getActiveResourcesInfo() });
  process.disconnect();
}

process.on('unhandledRejection', (error) => {
  tell({ kind: 'bug', error: String(error) });
  process.exitCode = 70;
});

void start().then((started) => (app = started));

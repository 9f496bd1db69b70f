// One server of a chaos run: a handler that writes down what it does, and nothing that helps the library.
import { Body, Controller, Headers, HttpException, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import 'reflect-metadata';
import { IdempotencyContext, IdempotencyModule, Idempotent } from '../../lib/index.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import type { Listens, Orders, ServerSettings } from './chaos-protocol.js';
import { now } from './history.js';
import { Journal } from './journal.js';
import { onStall } from './stalls.js';

const settings = JSON.parse(process.env['CHAOS_SETTINGS']!) as ServerSettings;
const { name, lease, storeTimeout, guarantee } = settings;
const journal = new Journal(settings.journal);

@Controller()
class WorkController {
  constructor(private readonly idempotency: IdempotencyContext) {}

  @Post('work')
  @Idempotent()
  async work(
    @Headers('idempotency-key') key: string,
    @Headers('x-user') scope: string,
    @Headers('x-chaos') orders: string,
    @Body() { question }: { question: string },
  ) {
    const { request, work, outcome } = JSON.parse(orders) as Orders;
    const run = randomUUID();
    const about = { process: name, scope, key, request, attempt: this.idempotency.attempt ?? 0, run };
    const answer = { scope, key, run, question };
    journal.append({ kind: 'entered', at: now(), ...about });
    await sleep(work / 2);
    if (outcome === 'busy') {
      journal.append({ kind: 'left', at: now(), ...about, how: 'refused' });
      throw new HttpException(answer, 429);
    }
    journal.append({ kind: 'executed', at: now(), ...about });
    await sleep(work / 2);
    const how = outcome === 'failed' ? 'failed' : 'answered';
    journal.append({ kind: 'left', at: now(), ...about, how });
    if (outcome === 'failed') throw new HttpException(answer, 500);
    if (outcome === 'declined') throw new HttpException(answer, 402);
    return answer;
  }
}

onStall(lease / 6, (at, until) => {
  const what = 'the process stood still';
  journal.append({ kind: 'paused', at, until, process: name, what });
  journal.append({ kind: 'resumed', at: until, process: name });
});

async function start(): Promise<string> {
  const client = new Redis(settings.redisPort, { retryStrategy: () => 50, connectTimeout: 1_000 });
  client.on('error', () => undefined);
  const module = IdempotencyModule.forRoot({
    store: new RedisStore({ client, prefix: settings.prefix }),
    lease,
    storeTimeout,
    scope: (context) => String(context.switchToHttp().getRequest().headers['x-user']),
    ...((guarantee === 'at-most-once' ? { guarantee } : {}) as object),
  });
  class AppModule {}
  const root = { module: AppModule, imports: [module], controllers: [WorkController] };
  const adapter = settings.platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(root, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

// Nobody is left to end this process.
process.on('disconnect', () => process.exit());

void start().then((url) => process.send?.({ url } satisfies Listens));

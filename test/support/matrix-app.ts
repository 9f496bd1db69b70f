// A process of the matrix: applications whose requests stop where they are told to, and which end, stop or fail there.
import { Body, Controller, Headers, HttpCode, HttpException, Inject, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import type { FaultPoint, FaultSite } from '../../lib/engine/fault-points.js';
import { recordIdPrefix } from '../../lib/http/record-id.js';
import { IdempotencyModule, IdempotencyService, Idempotent, MemoryStore } from '../../lib/index.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { setFaultPoints } from '../../lib/testing/fault-points.js';
import type { Ending, FromMatrix, MatrixSettings, ToMatrix } from './matrix-protocol.js';
import { MatrixStoreInMemory } from './matrix-store.js';

const settings = JSON.parse(process.env['MATRIX_SETTINGS']!) as MatrixSettings;
const { lease, storeTimeout, prefix } = settings;
const tell = (message: FromMatrix) => void process.send?.(message);
const connect = (port: number) => {
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
  client.on('error', () => undefined);
  return client;
};
const effects = connect(settings.effectPort);
const effectOf = (key: string) => `${prefix}effect:${key}`;

@Controller()
class MatrixController {
  constructor(@Inject(IdempotencyService) private readonly idempotency: IdempotencyService) {}

  @Post('at-least-once')
  @Idempotent({ guarantee: 'at-least-once' })
  again(@Headers('idempotency-key') key: string, @Headers('x-ending') ending: Ending) {
    return this.work(key, ending);
  }

  @Post('at-most-once')
  @Idempotent({ guarantee: 'at-most-once' })
  once(@Headers('idempotency-key') key: string, @Headers('x-ending') ending: Ending) {
    return this.work(key, ending);
  }

  /** What a person does about an uncertain record: looks whether there was an effect, and says so. */
  @Post('resolve')
  @HttpCode(200)
  async resolve(@Body() { reference, key }: { reference: string; key: string }) {
    const run = Number(await effects.get(effectOf(key)));
    const note = { by: 'the matrix', why: `effects: ${run}` };
    const response = { status: 201, body: { run } };
    return this.idempotency.resolve(
      reference,
      run > 0 ? { as: 'completed', response, ...note } : { as: 'not-applied', ...note },
    );
  }

  private async work(key: string, ending: Ending) {
    if (ending === 'declining') throw new HttpException('Not now.', 429);
    const run = await effects.incr(effectOf(key));
    if (ending === 'failing') throw new Error('The handler fails.');
    return { run };
  }
}

/** Of the first request for a key: where it is to stop, and what lets it go on. */
interface Hold {
  readonly key: string;
  readonly points: Set<FaultPoint>;
  go: (throws: boolean) => void;
}

const holds = new Map<string, Hold>();
const idPrefix = (key: string) => recordIdPrefix(['public'], key);

async function probe(point: FaultPoint, { recordId }: FaultSite): Promise<void> {
  const hold = holds.get(recordId.slice(0, 11));
  // Only the first request for a key comes here first.
  if (!hold?.points.delete(point)) return;
  const throws = await new Promise<boolean>((resolve) => {
    hold.go = resolve;
    tell({ kind: 'reached', key: hold.key, point, recordId });
  });
  if (throws) throw new Error(`A fault at ${point}.`);
}

const memories: MatrixStoreInMemory[] = [];

process.on('message', (message: ToMatrix) => {
  switch (message.kind) {
    case 'hold': {
      const { key, points } = message;
      holds.set(idPrefix(key), { key, points: new Set(points), go: () => undefined });
      return;
    }
    case 'go':
      return holds.get(idPrefix(message.key))?.go(message.throws ?? false);
    case 'raise':
      process.kill(process.pid, message.signal);
      // A signal may come a moment later. Nothing is to happen here until then.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      for (const hold of holds.values()) hold.go(false);
      return;
    case 'break': {
      const { key, operation, fault } = message;
      const plan = { operation, fault, tell: () => tell({ kind: 'broken', key }) };
      for (const memory of memories) memory.break(idPrefix(key), plan);
      return;
    }
  }
});

async function start(platform: 'express' | 'fastify', store: MatrixStoreInMemory | RedisStore) {
  const module = IdempotencyModule.forRoot({
    store,
    lease,
    storeTimeout,
    secret: 'one secret for all processes of the matrix',
    onEvent: (event) => {
      if (event.kind === 'incident') tell({ ...event, error: undefined } as FromMatrix);
    },
  });
  class AppModule {}
  const root = { module: AppModule, imports: [module], controllers: [MatrixController] };
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(root, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  setFaultPoints(app, probe);
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

async function startAll(): Promise<void> {
  const inMemory = () => {
    const store = new MatrixStoreInMemory(new MemoryStore());
    memories.push(store);
    return store;
  };
  const inRedis = () => new RedisStore({ client: connect(settings.storePort), prefix });
  const urls = {
    'express memory': await start('express', inMemory()),
    'express redis': await start('express', inRedis()),
    'fastify memory': await start('fastify', inMemory()),
    'fastify redis': await start('fastify', inRedis()),
  };
  tell({ kind: 'listens', urls });
}

// Nobody is left to end this process.
process.on('disconnect', () => process.exit());
process.on('unhandledRejection', (error) => tell({ kind: 'bug', error: String(error) }));

void startAll();

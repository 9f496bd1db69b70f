// A process that serves requests in rounds and tells what it holds after each: run with `--expose-gc`.
import { Controller, Headers, HttpException, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createHook } from 'node:async_hooks';
import { Agent, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { IdempotencyModule, Idempotent, MemoryStore } from '../../lib/index.js';

/** What a round leaves behind. */
export interface SoakRound {
  /** Bytes in use after a collection. */
  readonly heap: number;
  /** Those that keep no process alive, too. */
  readonly timers: number;
  /** Listeners of the process and of the server. */
  readonly listeners: number;
  readonly records: number;
}

const { platform, rounds, requests } = JSON.parse(process.env['SOAK_SETTINGS']!) as {
  platform: 'express' | 'fastify';
  rounds: number;
  /** Per round. */
  requests: number;
};

@Controller()
class SoakController {
  @Post('work')
  @Idempotent({ guarantee: 'at-most-once', wait: 5_000 })
  async work(@Headers('idempotency-key') key: string) {
    await new Promise((resolve) => setImmediate(resolve));
    if (key.startsWith('declined')) throw new HttpException('Not now.', 429);
    return { key, text: 'x'.repeat(100) };
  }
}

/** Those that Node tells of are only those that keep the process alive. */
const timers = new Set<number>();
createHook({
  init: (id, type) => void (type === 'Timeout' && timers.add(id)),
  destroy: (id) => void timers.delete(id),
}).enable();

const agent = new Agent({ keepAlive: true, maxSockets: 50 });

function post(port: number, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'idempotency-key': key, 'content-length': '0' };
    const sent = request(
      { port, host: '127.0.0.1', path: '/work', method: 'POST', headers, agent },
      (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode!));
      },
    );
    sent.once('error', reject).end();
  });
}

async function soak(): Promise<void> {
  const clock = { now: 0 };
  const store = new MemoryStore({ clock: () => clock.now });
  class AppModule {}
  const imports = [IdempotencyModule.forRoot({ store, ttl: 1_000, tombstone: 1_000, storeTimeout: 60_000 })];
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(
    { module: AppModule, imports, controllers: [SoakController] },
    adapter,
    {
      logger: false,
    },
  );
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  const { port } = server.address() as AddressInfo;
  const emitters = [process, server];
  const statuses = new Map<number, number>();
  let sent = 0;

  for (let round = 0; round < rounds; round++) {
    for (let left = requests; left > 0; left -= 50) {
      // Firsts, duplicates that wait, errors that are not recorded.
      const keys = Array.from(
        { length: 50 },
        (_, i) => `${i % 5 === 0 ? 'declined' : 'k'}${sent + (i >> 1)}`,
      );
      sent += 50;
      for (const status of await Promise.all(keys.map((key) => post(port, key)))) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    // All responses are over, and then their tombstones: what is asked next removes them, a few at a time.
    for (let end = 0; end < 2; end++) {
      clock.now += 5_000;
      for (let i = 0; i < requests; i++) await store.look('absent');
    }
    agent.destroy();
    // What sockets set free when they close.
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    for (let i = 0; i < 4; i++) globalThis.gc!();
    const listeners = emitters
      .flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name)))
      .reduce((sum, count) => sum + count, 0);
    const { heapUsed: heap } = process.memoryUsage();
    process.send!({ heap, timers: timers.size, listeners, records: store.size } satisfies SoakRound);
  }
  process.send!({ statuses: Object.fromEntries(statuses) });
  await app.close();
  process.disconnect();
}

void soak();

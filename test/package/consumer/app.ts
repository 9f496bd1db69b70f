import 'reflect-metadata';
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  IdempotencyModule,
  IdempotencyStore,
  MemoryStore,
  isIdempotencyError,
  type IdempotencyModuleOptions,
  type IdempotencyOptionsFactory,
} from 'nestjs-idempotency';
import { CacheManagerStore } from 'nestjs-idempotency/cache-manager';
import { RedisStore } from 'nestjs-idempotency/redis';
import { describeStoreConformance, FakeClock } from 'nestjs-idempotency/testing';
import { gate, Ledger, OrdersController, ParcelsController, runs } from './orders.controller.js';

// Subpaths load without the peers that they are for.
for (const part of [CacheManagerStore, RedisStore, describeStoreConformance])
  assert.equal(typeof part, 'function');

const clock = new FakeClock();

class Options implements IdempotencyOptionsFactory {
  createIdempotencyOptions(): IdempotencyModuleOptions {
    return { store: new MemoryStore({ clock: clock.now }), ttl: 3_600_000 };
  }
}

@Module({
  imports: [IdempotencyModule.forRootAsync({ useClass: Options })],
  controllers: [OrdersController, ParcelsController],
  providers: [Ledger],
})
class AppModule {}

@Module({ controllers: [ParcelsController] })
class WithoutTheModule {}

const platform = process.argv[2];
const adapter = () => (platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter());
let url = '';

async function send(path: string, key?: string, body?: object, method = 'POST') {
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status, headers, bytes, replayed: headers.get('idempotent-replayed') === 'true' };
}

async function expectReplay(path: string, status: number, route: string, body?: object, method?: string) {
  const first = await send(path, `k-${route}`, body, method);
  assert.deepEqual([first.status, first.replayed], [status, false], `${route}: ${first.bytes.toString()}`);
  const second = await send(path, `k-${route}`, body, method);
  assert.deepEqual([second.status, second.replayed], [status, true], `${route}: ${second.bytes.toString()}`);
  assert.deepEqual(second.bytes, first.bytes, route);
  for (const name of ['content-type', 'location']) {
    assert.equal(second.headers.get(name), first.headers.get(name), `${route}: ${name}`);
  }
  assert.equal(runs[route], 1, route);
}

/** The client hangs up while the handler runs; the handler ends, and the retry gets its answer. */
async function expectReplayAfterHangUp() {
  let open!: (value: unknown) => void;
  gate.open = new Promise((resolve) => (open = resolve));
  const entered = new Promise<void>((resolve) => (gate.entered = resolve));
  const client = request(`${url}/orders/slow`, { method: 'POST', headers: { 'idempotency-key': 'k-slow' } });
  const gone = new Promise((resolve) => client.once('error', resolve));
  client.end();
  await entered;
  const duplicate = await send('/orders/slow', 'k-slow');
  assert.equal(duplicate.status, 409);
  assert.ok(Number(duplicate.headers.get('retry-after')) >= 1);
  client.destroy();
  await gone;
  open(undefined);
  let retry = await send('/orders/slow', 'k-slow');
  while (retry.status === 409) retry = await send('/orders/slow', 'k-slow');
  assert.deepEqual([retry.status, retry.replayed, retry.bytes.toString()], [201, true, '{"run":1}']);
  assert.equal(runs['slow'], 1);
}

async function main() {
  const app = await NestFactory.create(AppModule, adapter(), {
    logger: ['error', 'fatal'],
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;

  await expectReplay('/orders', 201, 'object', { sku: 'tea' });
  await expectReplay('/orders/text', 201, 'text');
  await expectReplay('/orders/file', 201, 'file');
  await expectReplay('/orders/one', 204, 'nothing', undefined, 'DELETE');
  await expectReplay('/orders/own', 203, 'own');
  await expectReplay('/orders/observable', 201, 'observable');
  await expectReplay('/orders/redirect', 303, 'redirect');
  await expectReplay('/orders/refused', 409, 'refused');
  await expectReplay('/parcels', 202, 'parcel');
  await expectReplayAfterHangUp();

  const missing = await send('/orders', undefined, { sku: 'tea' });
  assert.equal(missing.status, 400);
  assert.match(String(missing.headers.get('content-type')), /^application\/problem\+json/);
  assert.equal((await send('/orders', 'k-object', { sku: 'rum' })).status, 422);
  assert.deepEqual(
    [(await send('/orders/broken', 'b')).status, (await send('/orders/broken', 'b')).status],
    [500, 201],
  );
  assert.equal((await send('/orders/checked', 'c', { quantity: 'x' }, 'PUT')).status, 400);
  assert.equal((await send('/orders/checked', 'c', { quantity: 2 }, 'PUT')).status, 200);
  assert.deepEqual([(await send('/orders/job')).status, (await send('/orders/job')).status], [200, 200]);
  assert.equal(runs['job'], 1);
  assert.deepEqual([(await send('/parcels', undefined, undefined, 'GET')).status, runs['list']], [200, 1]);

  clock.advance(3_600_001);
  assert.equal((await send('/orders/text', 'k-text')).replayed, false);

  assert.ok(app.get(IdempotencyStore) instanceof MemoryStore);
  await app.close();

  await assert.rejects(
    NestFactory.create(WithoutTheModule, adapter(), { logger: false, abortOnError: false }).then((unsafe) =>
      unsafe.init(),
    ),
    (error) =>
      isIdempotencyError(error, 'IDEMPOTENCY_CONFIGURATION') && /ParcelsController/.test(error.message),
  );
}

main().catch((error: unknown) => {
  console.error(error);
  // The application may still listen.
  process.exit(1);
});

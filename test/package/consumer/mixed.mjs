// Both formats in one process, as it happens when a library is CommonJS and the application is not: decorators and
// modules of the one and of the other work together.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as esm from 'nestjs-idempotency';

const cjs = createRequire(import.meta.url)('nestjs-idempotency');
assert.notEqual(cjs.Idempotent, esm.Idempotent);

async function appWith(decorators, parts) {
  let runs = 0;
  class OrdersController {
    create() {
      return { run: ++runs, key: new decorators.IdempotencyContext().key };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'create');
  decorators.Idempotent()(OrdersController.prototype, 'create', descriptor);
  Post()(OrdersController.prototype, 'create', descriptor);
  Controller('orders')(OrdersController);
  class AppModule {}
  Module({
    imports: parts.map((part) => part.IdempotencyModule.forRoot()),
    controllers: [OrdersController],
  })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

async function expectReplay(app) {
  const url = `http://127.0.0.1:${app.getHttpServer().address().port}/orders`;
  const send = () => fetch(url, { method: 'POST', headers: { 'idempotency-key': 'k' } });
  const first = await send();
  const second = await send();
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.equal(second.headers.get('idempotent-replayed'), 'true');
  const body = await first.text();
  assert.equal(body, '{"run":1,"key":"k"}');
  assert.equal(await second.text(), body);
  await app.close();
}

await expectReplay(await appWith(esm, [cjs]));
await expectReplay(await appWith(cjs, [esm]));
await expectReplay(await appWith(esm, [cjs, esm]));

const refused = await appWith(cjs, []).then(
  () => undefined,
  (error) => error,
);
assert.ok(esm.isIdempotencyError(refused, 'IDEMPOTENCY_CONFIGURATION'), String(refused));

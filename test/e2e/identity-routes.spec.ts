import { All, Body, Controller, HostParam, Module, Param, Post, Put } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { Idempotent } from 'nestjs-idempotency';
import { CountingStore } from '../support/counting-store.js';
import { createApp, PLATFORMS, send, type Platform, type TestApp } from '../support/create-app.js';
import { rawRequest } from '../support/raw-request.js';

let runs = 0;
const run = (more = {}) => ({ run: ++runs, ...more });

@Controller('orders')
class OrdersController {
  @Post() @Idempotent() create(@Body() _order: unknown) {
    return run({ method: 'create' });
  }
  @Put() @Idempotent() replace(@Body() _order: unknown) {
    return run({ method: 'replace' });
  }
  @Post('cancel') @Idempotent() cancel(@Body() _order: unknown) {
    return run({ method: 'cancel' });
  }
  @All('any') @Idempotent() any() {
    return run({ method: 'any' });
  }
  @Post(['first', 'second']) @Idempotent() either() {
    return run();
  }
  @Post(':id/pay') @Idempotent() pay(@Param() params: object) {
    return run({ ...params });
  }
  @Post(':id/items/:item') @Idempotent() item(@Param() params: object) {
    return run({ ...params });
  }
}

@Controller('refunds')
class RefundsController {
  @Post() @Idempotent() create(@Body() _refund: unknown) {
    return run({ method: 'refund' });
  }
}

@Controller('named')
class NamedController {
  @Post('old') @Idempotent({ operation: 'create-order' }) old(@Body() _order: unknown) {
    return run({ route: 'old' });
  }
  @Post('new') @Idempotent({ operation: 'create-order' }) renamed(@Body() _order: unknown) {
    return run({ route: 'new' });
  }
  @Put('old') @Idempotent({ operation: 'create-order' }) put(@Body() _order: unknown) {
    return run({ route: 'put' });
  }
  @Post('other') @Idempotent({ operation: 'other' }) other(@Body() _order: unknown) {
    return run({ route: 'other' });
  }
  @Post(':id/named') @Idempotent({ operation: 'by-id' }) byId(@Param('id') id: string) {
    return run({ id });
  }
}

abstract class CrudController {
  @Post() @Idempotent() create(@Body() _entity: unknown) {
    return run({ of: this.constructor.name });
  }
}
@Controller('users')
class UsersController extends CrudController {}
@Controller('teams')
class TeamsController extends CrudController {}

/** Two classes of one name and method, mounted under two prefixes. */
const twin = (prefix: string) => {
  @Controller('twins')
  class TwinController {
    @Post() @Idempotent() create() {
      return run({ prefix });
    }
  }
  @Module({ controllers: [TwinController] })
  class TwinModule {}
  return TwinModule;
};
const [TwinA, TwinB] = [twin('a'), twin('b')];

@Controller({ host: ':tenant.example.com', path: 'hosted' })
class HostedController {
  @Post() @Idempotent() create(@HostParam('tenant') tenant: string) {
    return run({ tenant });
  }
  @Post('named') @Idempotent({ operation: 'hosted' }) named(@HostParam('tenant') tenant: string) {
    return run({ tenant });
  }
}

@Controller({ host: ['one.example.net', 'two.example.net'], path: 'listed' })
class ListedController {
  @Post() @Idempotent() create() {
    return run();
  }
  @Post('named') @Idempotent({ operation: 'listed' }) named() {
    return run();
  }
}

describe.each(PLATFORMS)('routes on %s', (platform: Platform) => {
  const store = new CountingStore();
  let shop: TestApp;

  beforeAll(async () => {
    shop = await createApp(platform, {
      imports: [
        TwinA,
        TwinB,
        RouterModule.register([
          { path: 'a', module: TwinA },
          { path: 'b', module: TwinB },
        ]),
      ],
      controllers: [
        HostedController,
        ListedController,
        OrdersController,
        RefundsController,
        NamedController,
        UsersController,
        TeamsController,
      ],
      idempotency: { store },
    });
  });
  beforeEach(() => {
    runs = 0;
    store.forgetCalls();
  });
  afterAll(() => shop.close());

  let keys = 0;
  const ask = (key: string, path: string, method = 'POST', json: unknown = { sku: 'tea' }) =>
    send(shop.url + path, { key, method, ...(json !== undefined && { json }) });

  /** One key, one body, several targets: each runs once, and is then replayed with its own answer. */
  async function expectApart(targets: readonly (readonly [path: string, method?: string])[], json?: unknown) {
    const key = `apart-${++keys}`;
    const firsts = [];
    for (const [path, method] of targets) firsts.push(await ask(key, path, method, json));
    expect(firsts.map(({ status }) => Math.floor(status / 100))).toEqual(targets.map(() => 2));
    expect(firsts.map(({ replayed }) => replayed)).toEqual(targets.map(() => false));
    expect(runs).toBe(targets.length);
    for (const [i, [path, method]] of targets.entries()) {
      const again = await ask(key, path, method, json);
      expect([again.replayed, again.text]).toEqual([true, firsts[i]!.text]);
    }
    expect(runs).toBe(targets.length);
  }

  it('[B10] keeps methods, handlers and controllers apart', () =>
    expectApart([['/orders'], ['/orders', 'PUT'], ['/orders/cancel'], ['/refunds']]));

  it('[B10] keeps the methods of one handler apart', () =>
    expectApart([
      ['/orders/any'],
      ['/orders/any', 'PUT'],
      ['/orders/any', 'PATCH'],
      ['/orders/any', 'DELETE'],
    ]));

  it('[B10] keeps the paths of one handler apart', () =>
    expectApart([['/orders/first'], ['/orders/second']]));

  it('[B10] keeps path parameters apart', () =>
    expectApart([
      ['/orders/1/pay'],
      ['/orders/2/pay'],
      ['/orders/01/pay'],
      ['/orders/A/pay'],
      ['/orders/a/pay'],
      ['/orders/a%20b/pay'],
      ['/orders/a+b/pay'],
      ['/orders/a%2Fb/pay'],
      ['/orders/a%252Fb/pay'],
      ['/orders/__proto__/pay'],
      ['/orders/constructor/pay'],
      ['/orders/%22/pay'],
      ['/orders/%7B%7D/pay'],
    ]));

  it('[B10] keeps apart what moves from one path parameter to another', () =>
    expectApart([
      ['/orders/a/items/bc'],
      ['/orders/ab/items/c'],
      ['/orders/a%22%2C%22b/items/c'],
      ['/orders/a/items/b%22%2C%22c'],
      ['/orders/c/items/ab'],
    ]));

  it('[B10] keeps subclasses that share a handler apart', () => expectApart([['/users'], ['/teams']]));

  it('[B10] keeps classes of one name under two prefixes apart', () =>
    expectApart([['/a/twins'], ['/b/twins']]));

  it('[B12] takes two spellings of a path for one', async () => {
    await ask('spelling', '/orders/abc/pay');
    for (const path of ['/orders/%61bc/pay', '/orders/%61%62%63/pay']) {
      expect((await ask('spelling', path)).replayed).toBe(true);
    }
    expect(runs).toBe(1);
  });

  it('[B10] shares keys between routes that are given one operation name', async () => {
    const first = await ask('named', '/named/old');
    const second = await ask('named', '/named/new');
    expect([second.replayed, second.text]).toEqual([true, first.text]);
    expect((await ask('named', '/named/new', 'POST', { sku: 'rum' })).status).toBe(422);
    expect((await ask('named', '/named/old', 'PUT')).status).toBe(422);
    expect((await ask('named', '/named/other')).replayed).toBe(false);
    expect(runs).toBe(2);
  });

  it('[B10] tells path parameters of a named operation apart: 422', async () => {
    await ask('named-id', '/named/1/named');
    expect((await ask('named-id', '/named/2/named')).status).toBe(422);
    expect((await ask('named-id', '/named/1/named')).replayed).toBe(true);
    expect(runs).toBe(1);
  });

  const onHost = (host: string, path: string, key: string) =>
    rawRequest(shop.url, path, [`Host: ${host}`, `Idempotency-Key: ${key}`]);

  it.each([
    ['host parameters', '/hosted', 'acme.example.com', 'initech.example.com'],
    ['listed hosts', '/listed', 'one.example.net', 'two.example.net'],
  ])('[B10] keeps %s apart', async (_, path, one, other) => {
    const first = await onHost(one, path, 'hosts');
    const second = await onHost(other, path, 'hosts');
    expect([first.status, second.status, first.replayed, second.replayed]).toEqual([201, 201, false, false]);
    expect((await onHost(one, path, 'hosts')).json).toEqual(first.json);
    expect((await onHost(other, path, 'hosts')).json).toEqual(second.json);
    expect(runs).toBe(2);
  });

  it.each([
    ['host parameters', '/hosted/named', 'acme.example.com', 'initech.example.com'],
    ['listed hosts', '/listed/named', 'one.example.net', 'two.example.net'],
  ])('[B10] never answers a named operation for one of the %s from another', async (_, path, one, other) => {
    expect((await onHost(one, path, 'named-hosts')).status).toBe(201);
    expect((await onHost(other, path, 'named-hosts')).status).toBe(422);
    expect((await onHost(one, path, 'named-hosts')).replayed).toBe(true);
    expect(runs).toBe(1);
  });

  it.each(['ACME.example.com', 'acme.EXAMPLE.com', 'acme.example.com:80', 'acme.example.com:3000'])(
    '[B12] takes the host %s for acme.example.com',
    async (host) => {
      const key = `host-${host.replace(':', '-')}`;
      expect((await onHost('acme.example.com', '/hosted', key)).status).toBe(201);
      expect((await onHost(host, '/hosted', key)).replayed).toBe(true);
      expect(runs).toBe(1);
    },
  );

  it('[B12] takes no notice of the host where no controller does', async () => {
    expect((await onHost('a.example', '/orders/first', 'no-host')).replayed).toBe(false);
    expect((await onHost('b.example', '/orders/first', 'no-host')).replayed).toBe(true);
  });

  it('[B10] claims one record for one request', async () => {
    await ask('one-record', '/orders');
    expect(store.calls).toEqual(['acquire', 'complete']);
  });
});

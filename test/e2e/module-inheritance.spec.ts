import { Body, Controller, Delete, Logger, Patch, Post, Put } from '@nestjs/common';
import { Idempotent, type IdempotentOptions } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

const runs: Record<string, number> = {};
const count = (handler: string) => ({ handler, run: (runs[handler] = (runs[handler] ?? 0) + 1) });

/** Not a controller itself: what its subclasses inherit. */
abstract class ResourceController {
  @Post()
  @Idempotent({ required: false })
  create(@Body() _body: unknown) {
    return count(`${this.constructor.name}.create`);
  }

  @Put()
  @Idempotent()
  replace() {
    return count(`${this.constructor.name}.replace`);
  }

  @Patch()
  @Idempotent()
  change() {
    return count(`${this.constructor.name}.change`);
  }
}

@Controller('orders')
class OrdersController extends ResourceController {
  /** Not decorated: not protected, and a warning says so. */
  @Put()
  override replace() {
    return count('OrdersController.replace');
  }

  @Patch()
  @Idempotent({ required: false })
  override change() {
    return { ...super.change(), also: count('override').run };
  }
}

@Controller('parcels')
class ParcelsController extends ResourceController {
  @Put()
  @Idempotent({ enabled: false })
  override replace() {
    return count('ParcelsController.replace');
  }
}

const OPTIONAL: IdempotentOptions = { required: false };

@Idempotent(OPTIONAL)
abstract class AuditedController {
  @Post()
  create() {
    return count(`${this.constructor.name}.create`);
  }

  @Delete()
  @Idempotent({ required: true })
  remove() {
    return count(`${this.constructor.name}.remove`);
  }
}

/** Inherits the decorator of its base class, as it does all metadata. */
@Controller('payments')
class PaymentsController extends AuditedController {
  @Put()
  replace() {
    return count('PaymentsController.replace');
  }
}

/** A decorator of its own stands in the place of that of the base class. */
@Controller('refunds')
@Idempotent({ required: true })
class RefundsController extends AuditedController {}

describe.each(PLATFORMS)('inheritance on %s', (platform) => {
  let app: TestApp;
  let warnings: string[];

  beforeAll(async () => {
    warnings = [];
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: string) => {
      warnings.push(message);
    });
    const controllers = [OrdersController, ParcelsController, PaymentsController, RefundsController];
    app = await createApp(platform, { controllers });
    warn.mockRestore();
  });
  beforeEach(() => {
    for (const handler of Object.keys(runs)) delete runs[handler];
  });
  afterAll(() => app.close());

  const twice = async (path: string, method: string, key?: string) => {
    const ask = () => send(`${app.url}/${path}`, { method, ...(key !== undefined && { key }) });
    const [first, second] = [await ask(), await ask()];
    return { first, second, replayed: second.replayed };
  };

  it.each([
    ['orders', 'OrdersController'],
    ['parcels', 'ParcelsController'],
  ])('[B56] a decorated method of the base class is protected in %s', async (path, name) => {
    const { first, second } = await twice(path, 'POST', 'inherited');
    expect([first.text, second.text, second.replayed]).toEqual([first.text, first.text, true]);
    expect(runs).toEqual({ [`${name}.create`]: 1 });
  });

  it('[B56] controllers that inherit one method do not share its keys', async () => {
    const orders = await send(`${app.url}/orders`, { key: 'shared' });
    const parcels = await send(`${app.url}/parcels`, { key: 'shared' });
    expect([orders.replayed, parcels.replayed]).toEqual([false, false]);
    expect(runs).toEqual({ 'OrdersController.create': 1, 'ParcelsController.create': 1 });
  });

  it('[B56] an overriding method without a decorator is not protected', async () => {
    expect((await twice('orders', 'PUT', 'overridden')).replayed).toBe(false);
    expect(runs).toEqual({ 'OrdersController.replace': 2 });
  });

  it('[B56] an overriding method without a decorator is warned about, once, with what to do', () => {
    const about = warnings.filter((text) => text.includes('overrides'));
    expect(about).toHaveLength(1);
    expect(about[0]).toContain('OrdersController.replace');
    expect(about[0]).toContain('@Idempotent({ enabled: false })');
  });

  it('[B56] an overriding method that is switched off is not protected and not warned about', async () => {
    expect((await twice('parcels', 'PUT', 'off')).replayed).toBe(false);
    expect(warnings.join()).not.toContain('ParcelsController');
  });

  it('[B56] an overriding method with a decorator has its own options, and may call the one it overrides', async () => {
    expect((await twice('orders', 'PATCH')).replayed).toBe(false);
    const { second } = await twice('orders', 'PATCH', 'own');
    expect(second.replayed).toBe(true);
    expect(second.json).toEqual({ handler: 'OrdersController.change', run: 3, also: 3 });
  });

  it('[B56] the decorator of a base class protects what its subclasses inherit and add', async () => {
    expect((await twice('payments', 'POST', 'k')).replayed).toBe(true);
    expect((await twice('payments', 'PUT', 'k')).replayed).toBe(true);
    expect((await twice('payments', 'POST')).replayed).toBe(false);
  });

  it('[B56] the decorator of a subclass stands in the place of that of its base class', async () => {
    expect((await send(`${app.url}/refunds`)).status).toBe(400);
    expect((await twice('refunds', 'POST', 'k')).replayed).toBe(true);
  });

  it('[B30] [B56] options of a method stand before those of any class', async () => {
    expect((await send(`${app.url}/payments`, { method: 'DELETE' })).status).toBe(400);
    expect((await twice('payments', 'DELETE', 'k')).replayed).toBe(true);
    expect(runs).toEqual({ 'PaymentsController.remove': 1 });
  });
});

import { Controller, Get, Injectable, Post, Sse, type Type } from '@nestjs/common';
import { from } from 'rxjs';
import { Idempotent, type IdempotencyModuleOptions, type IdempotentOptions } from 'nestjs-idempotency';
import { createApp, PLATFORMS } from '../support/create-app.js';
import { refusalOf } from './module.apps.js';

/** What @MessagePattern and @EventPattern of @nestjs/microservices leave on a method. */
const MessagePattern = (pattern: string) => (_: object, __: string, descriptor: PropertyDescriptor) =>
  Reflect.defineMetadata('microservices:pattern', [pattern], descriptor.value as object);

@Controller('orders')
class OrdersController {
  @Post()
  @Idempotent()
  create() {}
}

@Controller('parcels')
@Idempotent()
class ParcelsController {
  @Post()
  send() {}
}

@Injectable()
class OrdersService {
  @Idempotent()
  create() {}
}

@Injectable()
@Idempotent()
class ParcelsService {
  send() {}
}

@Controller('events')
class EventsController {
  @Sse('stream')
  @Idempotent()
  stream() {
    return from([]);
  }

  @Idempotent()
  helper() {}

  @MessagePattern('orders')
  @Idempotent()
  onMessage() {}
}

@Controller('bound')
class BoundController {
  constructor() {
    this.create = this.create.bind(this);
  }

  @Post()
  @Idempotent()
  create() {}
}

function controllerWith(options: IdempotentOptions): Type {
  @Controller('wrong')
  class WrongController {
    @Post()
    @Idempotent(options)
    create() {}
  }
  return WrongController;
}

describe.each(PLATFORMS)('an application on %s that would not be protected', (platform) => {
  it.each([
    ['OrdersController.create', { controllers: [OrdersController] }],
    ['ParcelsController', { controllers: [ParcelsController] }],
    ['OrdersService.create', { providers: [OrdersService] }],
    ['ParcelsService', { providers: [ParcelsService] }],
  ])('[B55] does not start when the module is missing, and names %s', async (name, metadata) => {
    const message = await refusalOf(platform, { ...metadata, idempotency: false });
    expect(message).toContain(`${name} is decorated with @Idempotent()`);
    expect(message).toContain('IdempotencyModule.forRoot()');
  });

  it.each([
    ['OrdersService.create', { providers: [OrdersService] }, 'IdempotencyService.run()'],
    ['ParcelsService', { providers: [ParcelsService] }, 'IdempotencyService.run()'],
    ['EventsController.stream', { controllers: [EventsController] }, '@Sse()'],
    ['EventsController.helper', { controllers: [EventsController] }, 'not a route handler'],
    ['EventsController.onMessage', { controllers: [EventsController] }, 'message handler'],
    ['BoundController.create', { controllers: [BoundController] }, 'in the place of that method'],
  ])('[B35] [B55] does not start with %s decorated, and says why', async (name, metadata, why) => {
    const message = await refusalOf(platform, metadata);
    const line = message.split('\n').find((text) => text.includes(`${name} is decorated`));
    expect(line).toContain(why);
  });

  it('tells all that is wrong at once', async () => {
    const message = await refusalOf(platform, {
      controllers: [EventsController, controllerWith({ ttl: 0 })],
      providers: [OrdersService],
    });
    expect(message.match(/^ {2}- /gm)).toHaveLength(5);
  });
});

describe.each(PLATFORMS)('an application on %s with a wrong option', (platform) => {
  it.each([
    [{ ttl: 0 }, 'option "ttl" is 0'],
    [{ ttl: -1 }, 'option "ttl" is -1'],
    [{ ttl: NaN }, 'option "ttl" is NaN'],
    [{ lease: Infinity }, 'option "lease" is Infinity'],
    [{ ttl: '24h' }, 'option "ttl" is "24h"'],
    [{ scope: 'usr' }, 'option "scope" is "usr"'],
    [{ tll: 1_000 }, 'there is no option "tll"; did you mean "ttl"?'],
  ])('[B49] [B54] %p at a route does not start, naming class, method and option', async (options, text) => {
    const wrong = controllerWith(options as IdempotentOptions);
    const message = await refusalOf(platform, { controllers: [wrong] });
    expect(message).toContain(`@Idempotent() on WrongController.create: ${text}`);
  });

  it('[B54] at a class does not start, naming it', async () => {
    @Controller()
    @Idempotent({ lease: '30s' } as never)
    class WrongController {}
    const message = await refusalOf(platform, { controllers: [WrongController] });
    expect(message).toContain('@Idempotent() on WrongController: option "lease" is "30s"');
  });

  it('[B54] at a route that is switched off does not start either', async () => {
    const message = await refusalOf(platform, { controllers: [controllerWith({ enabled: false, ttl: 0 })] });
    expect(message).toContain('option "ttl" is 0');
  });

  it.each([
    [{ storeTimeout: 0 }, 'option "storeTimeout" is 0'],
    [{ storeTimeout: NaN }, 'option "storeTimeout" is NaN'],
    [{ ttl: '1d' }, 'option "ttl" is "1d"'],
    [{ lease: null }, 'option "lease" is null'],
    [{ store: {} }, 'option "store" is of type object'],
    [{ headers: 'X-Key' }, 'there is no option "headers"; did you mean "header"?'],
  ])('[B49] [B54] %p of the module does not start, naming it', async (options, text) => {
    const idempotency = options as IdempotencyModuleOptions;
    const message = await refusalOf(platform, { controllers: [OrdersController], idempotency });
    expect(message).toContain(`IdempotencyModule: ${text}`);
  });
});

describe('an application whose decorated class has safe handlers only', () => {
  @Controller()
  @Idempotent()
  class ReadingController {
    @Get()
    read() {}

    @Sse('stream')
    stream() {
      return from([]);
    }
  }

  it.each(PLATFORMS)('starts on %s: they are left alone', async (platform) => {
    const app = await createApp(platform, { controllers: [ReadingController] });
    await app.close();
  });
});

describe('a decorator on what no request can reach', () => {
  it.each([
    [
      'a static method',
      () => {
        class Orders {
          @Idempotent() static create() {}
        }
        return Orders;
      },
    ],
    [
      'a getter',
      () => {
        class Orders {
          @Idempotent() get create() {
            return 1;
          }
        }
        return Orders;
      },
    ],
  ])('[B55] such as %s, is refused at once', (_, declare) => {
    expect(declare).toThrow('Orders.create is decorated with @Idempotent(), but is not a method');
  });
});

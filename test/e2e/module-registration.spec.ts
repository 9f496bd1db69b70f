import { Controller, Global, Injectable, Module, Post, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  Idempotent,
  IdempotencyContext,
  IdempotencyModule,
  IdempotencyService,
  IdempotencyStore,
  MemoryStore,
  type IdempotencyModuleOptions,
  type IdempotencyOptionsFactory,
} from 'nestjs-idempotency';
import { FakeClock } from 'nestjs-idempotency/testing';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';
import { refusalOf } from './module.apps.js';

let runs = 0;

@Controller('orders')
class OrdersController {
  @Post()
  @Idempotent()
  create() {
    return { run: ++runs };
  }
}

const store = new MemoryStore();

@Injectable()
class Settings implements IdempotencyOptionsFactory {
  readonly header = 'X-Order-Key';

  createIdempotencyOptions(): IdempotencyModuleOptions {
    return { store, header: this.header };
  }
}

@Injectable()
class SlowSettings extends Settings {
  override createIdempotencyOptions(): never {
    return Promise.resolve(super.createIdempotencyOptions()) as never;
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

const imports = [SettingsModule];
const inject = [Settings];
const fromSettings = (settings: Settings) => settings.createIdempotencyOptions();

const WAYS: Record<string, () => DynamicModule> = {
  'forRoot()': () => IdempotencyModule.forRoot({ store, header: 'X-Order-Key' }),
  useFactory: () => IdempotencyModule.forRootAsync({ imports, inject, useFactory: fromSettings }),
  'an async useFactory': () =>
    IdempotencyModule.forRootAsync({
      imports,
      inject,
      useFactory: async (settings) => fromSettings(settings),
    }),
  useClass: () => IdempotencyModule.forRootAsync({ useClass: Settings }),
  'useClass with a promise': () => IdempotencyModule.forRootAsync({ useClass: SlowSettings }),
  useExisting: () => IdempotencyModule.forRootAsync({ imports, useExisting: Settings }),
};

async function expectReplays({ url }: TestApp, header = 'idempotency-key') {
  const headers = { [header]: `k-${Math.random()}` };
  const first = await send(`${url}/orders`, { headers });
  const second = await send(`${url}/orders`, { headers });
  expect([first.status, first.replayed, second.status, second.replayed]).toEqual([201, false, 201, true]);
  expect(second.bytes).toEqual(first.bytes);
  expect(runs).toBe(1);
}

beforeEach(() => {
  runs = 0;
});

describe.each(PLATFORMS)('the module on %s', (platform) => {
  describe.each(Object.entries(WAYS))('with options from %s', (_, register) => {
    it('[B54] protects with these options', async () => {
      const app = await createApp(platform, {
        imports: [register()],
        controllers: [OrdersController],
        idempotency: false,
      });
      await expectReplays(app, 'X-Order-Key');
      expect((await send(`${app.url}/orders`, { key: 'k' })).status).toBe(400);
      expect(app.app.get(IdempotencyStore)).toBe(store);
      await app.close();
    });
  });

  it('[B54] works without any option, and imported as it is', async () => {
    for (const module of [IdempotencyModule.forRoot(), IdempotencyModule]) {
      runs = 0;
      const app = await createApp(platform, {
        imports: [module],
        controllers: [OrdersController],
        idempotency: false,
      });
      await expectReplays(app);
      await app.close();
    }
  });

  it('[B30] [B54] may be imported by several modules with the same options, and the handler runs once', async () => {
    @Module({ imports: [IdempotencyModule.forRoot({ store })], controllers: [OrdersController] })
    class OrdersModule {}
    @Module({ imports: [IdempotencyModule.forRoot({ store, isGlobal: false })] })
    class OtherModule {}
    const app = await createApp(platform, { imports: [OrdersModule, OtherModule], idempotency: { store } });
    await expectReplays(app);
    await app.close();
  });

  it('[B54] may be imported with options once and without anywhere', async () => {
    @Module({ imports: [IdempotencyModule], controllers: [OrdersController] })
    class OrdersModule {}
    const app = await createApp(platform, {
      imports: [IdempotencyModule.forRoot({ store }), OrdersModule],
      idempotency: false,
    });
    await expectReplays(app);
    await app.close();
  });

  it('[B54] does not start when it is imported with different options', async () => {
    const message = await refusalOf(platform, {
      imports: [IdempotencyModule.forRoot({ ttl: 1_000, store })],
      controllers: [OrdersController],
      idempotency: { ttl: 2_000, store },
    });
    expect(message).toContain('imported twice, with different options (ttl)');
  });

  it('[B54] shares nothing with another application in the same process', async () => {
    const first = await createApp(platform, { controllers: [OrdersController] });
    const second = await createApp(platform, {
      controllers: [OrdersController],
      idempotency: { header: 'K' },
    });
    await expectReplays(first);
    runs = 0;
    await expectReplays(second, 'K');
    expect(first.app.get(IdempotencyStore)).not.toBe(second.app.get(IdempotencyStore));
    await first.close();
    runs = 0;
    await expectReplays(second, 'K');
    await second.close();
  });

  it('[B57] takes a store that a test puts in place of the configured one', async () => {
    const clock = new FakeClock();
    const own = new MemoryStore({ clock: clock.now });
    const module = await Test.createTestingModule({
      imports: [IdempotencyModule.forRoot({ store, ttl: 60_000, tombstone: false })],
      controllers: [OrdersController],
    })
      .overrideProvider(IdempotencyStore)
      .useValue(own)
      .compile();
    const app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const ask = async () => (await send(`${url}/orders`, { key: 'overridden' })).json as { run: number };
    expect([await ask(), await ask()]).toEqual([{ run: 1 }, { run: 1 }]);
    clock.advance(59_999);
    expect(await ask()).toEqual({ run: 1 });
    clock.advance(1);
    expect(await ask()).toEqual({ run: 2 });
    await app.close();
  });
});

describe('what the module exports', () => {
  const PARTS = [IdempotencyService, IdempotencyContext, IdempotencyStore];

  function consumerOf(part: Type | typeof IdempotencyStore) {
    @Injectable()
    class Consumer {}
    const consumer = { provide: Consumer, inject: [part], useFactory: (given: unknown) => ({ given }) };
    @Module({ providers: [consumer], exports: [Consumer] })
    class FeatureModule {}
    return { FeatureModule, Consumer };
  }

  it.each(PARTS)('[B54] %p can be injected everywhere, since the module is global', async (part) => {
    const { FeatureModule, Consumer } = consumerOf(part);
    const module = await Test.createTestingModule({
      imports: [IdempotencyModule.forRoot(), FeatureModule],
    }).compile();
    expect(module.get<{ given: unknown }>(Consumer, { strict: false }).given).toBeInstanceOf(part);
    await module.close();
  });

  it.each([
    ['forRoot()', () => IdempotencyModule.forRoot({ isGlobal: false })],
    ['forRootAsync()', () => IdempotencyModule.forRootAsync({ isGlobal: false, useFactory: () => ({}) })],
  ])('[B54] needs an import when %s says that it is not global', async (_, register) => {
    const { FeatureModule } = consumerOf(IdempotencyService);
    const compiled = Test.createTestingModule({ imports: [register(), FeatureModule] })
      .setLogger({ log() {}, warn() {}, error() {} })
      .compile();
    await expect(compiled).rejects.toThrow(/IdempotencyService/);
  });

  it('[B54] is global when isGlobal is undefined', async () => {
    const { FeatureModule } = consumerOf(IdempotencyService);
    const module = await Test.createTestingModule({
      imports: [IdempotencyModule.forRoot({ isGlobal: undefined }), FeatureModule],
    }).compile();
    await module.close();
  });
});

describe('a wrong registration', () => {
  const thrownBy = (register: () => unknown) => {
    try {
      register();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was thrown');
  };

  it.each([
    [{}, 'give one of useFactory, useClass and useExisting'],
    [{ useFactory: () => ({}), useClass: Settings }, 'and only one'],
    [{ useFactroy: () => ({}) }, 'there is no option "useFactroy"; did you mean "useFactory"?'],
    [{ usefactory: () => ({}) }, 'did you mean "useFactory"?'],
    [{ useFactory: {} }, 'give one of'],
    [{ useFactory: () => ({}), ttl: 1 }, 'there is no option "ttl"'],
    [{ useFactory: () => ({}), isGlobal: 'yes' }, 'option "isGlobal" is "yes"'],
    [null, 'must be an object'],
  ])('[B54] of forRootAsync, %p, is refused at once', (options, text) => {
    expect(thrownBy(() => IdempotencyModule.forRootAsync(options as never))).toContain(text);
  });

  it.each([
    [{ isGlobal: 0 }, 'option "isGlobal" is 0'],
    [{ isGlobal: null }, 'option "isGlobal" is null'],
    [null, 'must be an object'],
    ['redis', 'must be an object'],
  ])('[B54] of forRoot, %p, is refused at once', (options, text) => {
    expect(thrownBy(() => IdempotencyModule.forRoot(options as never))).toContain(text);
  });

  it.each([
    ['nothing', undefined, 'must be an object'],
    ['null', null, 'must be an object'],
    ['a wrong option', { tll: 1 }, 'did you mean "ttl"?'],
    ['isGlobal', { isGlobal: false }, '"isGlobal" comes too late'],
  ])('[B54] by a factory that gives %s does not start', async (_, options, text) => {
    const message = await refusalOf('express', {
      imports: [IdempotencyModule.forRootAsync({ useFactory: () => options as never })],
      controllers: [OrdersController],
      idempotency: false,
    });
    expect(message).toContain(text);
  });

  it('[B54] by a factory that fails does not start, with its error', async () => {
    const failing = IdempotencyModule.forRootAsync({
      useFactory: () => {
        throw new Error('no REDIS_URL');
      },
    });
    await expect(
      createApp('express', { imports: [failing], controllers: [OrdersController], idempotency: false }),
    ).rejects.toThrow('no REDIS_URL');
  });
});

describe('an application without HTTP', () => {
  /** Remembers what became of it. */
  class WatchedStore extends MemoryStore {
    readonly log: string[] = [];
    override async start() {
      this.log.push('started');
    }
    override async close() {
      this.log.push('closed');
    }
  }

  it('[B61] starts the store, runs jobs once and closes the store', async () => {
    const watched = new WatchedStore();
    @Global()
    @Module({ imports: [IdempotencyModule.forRoot({ store: watched })] })
    class WorkerModule {}
    const worker = await NestFactory.createApplicationContext(WorkerModule, { logger: false });
    expect(watched.log).toEqual(['started']);
    const service = worker.get(IdempotencyService);
    const job = () => service.run('message-1', () => ++runs, { operation: 'send-mail' });
    expect([await job(), await job()]).toEqual([1, 1]);
    await worker.close();
    expect(watched.log).toEqual(['started', 'closed']);
  });

  it('[B35] does not start with a decorated message handler', async () => {
    class MailController {
      @Idempotent()
      onMessage() {}
    }
    Controller()(MailController);
    const descriptor = Object.getOwnPropertyDescriptor(MailController.prototype, 'onMessage')!;
    Reflect.defineMetadata('microservices:pattern', ['mail'], descriptor.value as object);
    @Module({ imports: [IdempotencyModule.forRoot()], controllers: [MailController] })
    class WorkerModule {}
    await expect(
      NestFactory.createApplicationContext(WorkerModule, { logger: false, abortOnError: false }),
    ).rejects.toThrow('MailController.onMessage is decorated with @Idempotent(), but is a message handler');
  });
});

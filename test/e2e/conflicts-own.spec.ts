import {
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  UseInterceptors,
  type CallHandler,
  type DynamicModule,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { APP_INTERCEPTOR, ModuleRef } from '@nestjs/core';
import { Idempotent, IdempotencyModule, type IdempotencyEvent } from 'nestjs-idempotency';
import { IdempotencyInterceptor } from '../../lib/idempotency.interceptor.js';
import { createApp, send, type TestApp, type TestAppOptions } from '../support/create-app.js';
import { FaultStore } from '../support/fault-store.js';
import { openStore, PLATFORMS_AND_STORES, type OpenStore } from '../support/fault-stores.js';

let runs = 0;

@Controller('both')
@Idempotent({ maxBodyBytes: 10, required: false })
class BothController {
  @Post()
  @Idempotent({ operation: 'ordering' })
  create(@Body() _order: unknown) {
    return { a: ++runs };
  }

  @Post('long')
  @Idempotent({ maxBodyBytes: undefined })
  long() {
    return { text: 'longer than ten bytes', run: ++runs };
  }

  @Post('strict')
  @Idempotent({ required: true })
  strict() {
    return { a: ++runs };
  }

  @Post('class')
  byClass() {
    return { a: ++runs };
  }

  @Post('free')
  @Idempotent({ enabled: false })
  free() {
    return { a: ++runs };
  }

  @Get()
  read() {
    return { a: ++runs };
  }
}

@Controller('plain')
class PlainController {
  @Post()
  @Idempotent()
  create(@Body() _order: unknown) {
    return { run: ++runs };
  }
}

/** The interceptor is not exported; whoever wants to bind it gets hold of it like this. */
@Injectable()
class BoundAgain implements NestInterceptor {
  constructor(private readonly modules: ModuleRef) {}

  intercept(context: ExecutionContext, next: CallHandler) {
    return this.modules.get(IdempotencyInterceptor, { strict: false }).intercept(context, next);
  }
}

@Controller('bound')
@UseInterceptors(BoundAgain)
class BoundController {
  @Post()
  @Idempotent()
  @UseInterceptors(BoundAgain)
  create(@Body() _order: unknown) {
    return { run: ++runs };
  }
}

describe.each(PLATFORMS_AND_STORES)('set up more than once, on %s with %s', (platform, storeName) => {
  let app: TestApp | undefined;
  let store: FaultStore;
  let opened: OpenStore;
  let events: IdempotencyEvent[];

  type Options = Omit<TestAppOptions, 'imports'> & {
    imports?: (root: DynamicModule) => (Type | DynamicModule)[];
  };
  const open = async (controller: Type, { imports, ...options }: Options = {}) => {
    runs = 0;
    app = undefined;
    events = [];
    opened = openStore(storeName);
    store = new FaultStore(opened.store);
    const idempotency = { store, onEvent: (event: IdempotencyEvent) => void events.push(event) };
    app = await createApp(platform, {
      controllers: [controller],
      idempotency,
      ...(imports && { imports: imports(IdempotencyModule.forRoot(idempotency)) }),
      ...options,
    });
  };
  afterEach(async () => {
    await app?.close();
    await opened.close();
  });

  /** Sent twice: runs once, asks the store as if nothing were doubled, and the second answer is a replay. */
  const expectOnce = async (path: string) => {
    const first = await send(`${app!.url}${path}`, { key: 'k', json: {} });
    const second = await send(`${app!.url}${path}`, { key: 'k', json: {} });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.replayed).toBe(true);
    expect(second.bytes).toEqual(first.bytes);
    expect(runs).toBe(1);
    expect(store.calls).toMatchObject({ acquire: 2, complete: 1, release: 0 });
    expect(events.map((event) => event.kind === 'outcome' && event.outcome)).toEqual([
      'recorded',
      'replayed',
    ]);
  };

  it('[B30] runs once with the decorator on class and method', async () => {
    await open(BothController);
    await expectOnce('/both');
  });

  it('[B30] runs once with the decorator on the class alone', async () => {
    await open(BothController);
    await expectOnce('/both/class');
  });

  it('[B30] merges the options of class and method: what a method does not say, or says undefined, the class does', async () => {
    await open(BothController);
    // `required: false` is the class's, `operation` the method's.
    expect((await send(`${app!.url}/both`, { json: {} })).status).toBe(201);
    expect((await send(`${app!.url}/both/strict`, { json: {} })).status).toBe(400);
    await send(`${app!.url}/both`, { key: 'named', json: {} });
    expect(events).toMatchObject([{ operation: 'ordering' }]);
    // `maxBodyBytes: undefined` on the method does not erase the ten bytes of the class.
    await send(`${app!.url}/both/long`, { key: 'long', json: {} });
    const retry = await send(`${app!.url}/both/long`, { key: 'long', json: {} });
    expect(retry.json).toMatchObject({ code: 'IDEMPOTENCY_RESPONSE_NOT_KEPT' });
  });

  it('[B30] leaves out what is taken out of the class, and safe methods', async () => {
    await open(BothController);
    const url = `${app!.url}/both`;
    for (let i = 0; i < 2; i++) {
      await send(`${url}/free`, { key: 'k', json: {} });
      await send(url, { method: 'GET', key: 'k' });
    }
    expect(runs).toBe(4);
    expect(store.calls.acquire).toBe(0);
  });

  it.each([
    ['first', (feature: Type, root: DynamicModule) => [feature, root]],
    ['last', (feature: Type, root: DynamicModule) => [root, feature]],
  ])(
    '[B30] runs once with the module imported without options by a feature module, too, that comes %s',
    async (_, order) => {
      @Module({ imports: [IdempotencyModule.forRoot()] })
      class FeatureModule {}
      await open(PlainController, { idempotency: false, imports: (root) => order(FeatureModule, root) });
      await expectOnce('/plain');
    },
  );

  it('[B30] runs once with the interceptor bound to class and method besides', async () => {
    await open(BoundController);
    await expectOnce('/bound');
  });

  it('[B30] runs once with the interceptor bound as APP_INTERCEPTOR besides', async () => {
    await open(PlainController, { providers: [{ provide: APP_INTERCEPTOR, useClass: BoundAgain }] });
    await expectOnce('/plain');
  });

  it('[B30] runs once with the interceptor bound by useGlobalInterceptors besides', async () => {
    await open(PlainController, {
      setup: (nest) => void nest.useGlobalInterceptors(nest.get(IdempotencyInterceptor, { strict: false })),
    });
    await expectOnce('/plain');
  });
});

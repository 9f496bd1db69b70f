import {
  Controller,
  Inject,
  Injectable,
  Module,
  Post,
  Scope,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR, ApplicationConfig, REQUEST } from '@nestjs/core';
import { Idempotent, MemoryStore } from 'nestjs-idempotency';
import { IdempotencyInterceptor } from '../../lib/idempotency.interceptor.js';
import { createApp, PLATFORMS, send, type TestAppOptions } from '../support/create-app.js';

let runs: number;
let passed: string[];
beforeEach(() => {
  runs = 0;
  passed = [];
});

/** Notes each request that passes it. */
const passing = (name: string): NestInterceptor => ({
  intercept(_: ExecutionContext, next: CallHandler) {
    passed.push(name);
    return next.handle();
  },
});

@Controller('mixed')
class MixedController {
  @Post('decorated')
  @Idempotent()
  decorated() {
    return { run: ++runs };
  }

  @Post('plain')
  plain() {
    return { run: ++runs };
  }
}

@Controller('of-class')
@UseInterceptors(passing('class'))
class OfClassController {
  @Post('decorated')
  @UseInterceptors(passing('method'))
  @Idempotent()
  decorated() {
    return { run: ++runs };
  }

  @Post('plain')
  plain() {
    return { run: ++runs };
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  constructor(@Inject(REQUEST) private readonly request: { headers: Record<string, string> }) {}

  @Post()
  @Idempotent()
  create() {
    return { run: ++runs, agent: this.request.headers['x-agent'] };
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    passed.push('request-scoped');
    return next.handle();
  }
}

const CONTROLLERS = [MixedController, OfClassController, ScopedController];

describe.each(PLATFORMS)('the interceptor, on %s', (platform) => {
  const withApp = async (
    options: TestAppOptions,
    work: (url: string, seen: jest.SpyInstance) => Promise<void>,
  ) => {
    const app = await createApp(platform, { controllers: CONTROLLERS, ...options });
    const seen = jest.spyOn(app.app.get(IdempotencyInterceptor, { strict: false }), 'intercept');
    await work(app.url, seen).finally(() => app.close());
  };

  it('is passed by decorated handlers alone, where no interceptor is global', () =>
    withApp({}, async (url, seen) => {
      await send(`${url}/mixed/plain`, { key: 'k' });
      expect(seen).not.toHaveBeenCalled();
      await send(`${url}/mixed/decorated`, { key: 'k' });
      expect(seen).toHaveBeenCalledTimes(1);
      expect((await send(`${url}/mixed/decorated`, { key: 'k' })).replayed).toBe(true);
    }));

  it('[B36] comes before those of the class and of the method', () =>
    withApp({}, async (url) => {
      await send(`${url}/of-class/decorated`, { key: 'k' });
      expect(passed).toEqual(['class', 'method']);
      expect((await send(`${url}/of-class/decorated`, { key: 'k' })).replayed).toBe(true);
      expect(passed).toEqual(['class', 'method']);
      await send(`${url}/of-class/plain`, { key: 'k' });
      expect(passed).toEqual(['class', 'method', 'class']);
    }));

  it.each<[string, TestAppOptions]>([
    ['useGlobalInterceptors', { setup: (app) => void app.useGlobalInterceptors(passing('global')) }],
    ['APP_INTERCEPTOR', { providers: [{ provide: APP_INTERCEPTOR, useValue: passing('global') }] }],
    [
      'APP_INTERCEPTOR for each request',
      { providers: [{ provide: APP_INTERCEPTOR, useClass: ScopedInterceptor }] },
    ],
  ])('[B36] comes before those that are global by %s', (_, options) =>
    withApp(options, async (url) => {
      for (const path of ['mixed/decorated', 'scoped']) {
        passed = [];
        await send(`${url}/${path}`, { key: 'k' });
        const [first, ...others] = passed;
        expect(first).toMatch(/global|request-scoped/);
        expect(others).toEqual([]);
        expect((await send(`${url}/${path}`, { key: 'k' })).replayed).toBe(true);
        expect(passed).toEqual([first]);
      }
    }),
  );

  it('[B60] is that of its own application, where several in a process have the same controllers', async () => {
    const stores = [new MemoryStore(), new MemoryStore(), new MemoryStore()] as const;
    const open = (store: MemoryStore, more: TestAppOptions = {}) =>
      createApp(platform, { controllers: CONTROLLERS, idempotency: { store }, ...more });
    // Two that start at once, and one with other interceptors.
    const apps = await Promise.all([
      open(stores[0]),
      open(stores[1]),
      open(stores[2], { setup: (app) => void app.useGlobalInterceptors(passing('global')) }),
    ]);
    for (const path of ['mixed/decorated', 'of-class/decorated', 'scoped']) {
      runs = 0;
      for (const { url } of apps) {
        const first = await send(`${url}/${path}`, { key: 'k' });
        const second = await send(`${url}/${path}`, { key: 'k' });
        expect([first.replayed, second.replayed]).toEqual([false, true]);
      }
      expect(runs).toBe(3);
    }
    for (const store of stores) expect((await store.list({ limit: 10 })).records).toHaveLength(3);
    await Promise.all(apps.map((app) => app.close()));
  });

  it('does nothing for a controller that took itself out, and inherits from one that did not', async () => {
    await withApp({ controllers: [OfClassController] }, async () => undefined);
    class PlainController extends OfClassController {
      @Post('decorated')
      @Idempotent({ enabled: false })
      override decorated() {
        return { run: ++runs };
      }
    }
    Controller('of-class')(PlainController);
    const app = await createApp(platform, { controllers: [PlainController] });
    const ask = () => send(`${app.url}/of-class/decorated`, { key: 'k' });
    expect([(await ask()).json, (await ask()).json]).toEqual([{ run: 1 }, { run: 2 }]);
    await app.close();
  });

  it('[B36] refuses to start when interceptors became global behind its back, which would be outside of it', async () => {
    @Module({})
    class LateModule {
      constructor(@Inject(ApplicationConfig) private readonly config: ApplicationConfig) {}

      async configure() {
        // After all that the library does at its start.
        await new Promise((resolve) => setImmediate(resolve));
        this.config.addGlobalInterceptor(passing('late'));
      }
    }
    const started = createApp(platform, { controllers: CONTROLLERS, imports: [LateModule] });
    await expect(started).rejects.toThrow(/global interceptor was added while modules were being configured/);
  });
});

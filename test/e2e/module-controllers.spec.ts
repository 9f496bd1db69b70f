import {
  All,
  applyDecorators,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Module,
  Post,
  Scope,
  UseInterceptors,
  Version,
  VersioningType,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApplicationConfig, REQUEST } from '@nestjs/core';
import { map } from 'rxjs';
import { Idempotent, MemoryStore } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type Platform, type TestApp } from '../support/create-app.js';

const runs: Record<string, number> = {};
const count = (handler: string) => ({ handler, run: (runs[handler] = (runs[handler] ?? 0) + 1) });

beforeEach(() => {
  for (const handler of Object.keys(runs)) delete runs[handler];
});

/** Replaces a method, as decorators for logs and transactions do, and does not copy its metadata. */
const Traced = () => (_: object, __: string, descriptor: PropertyDescriptor) => {
  const method = descriptor.value as (...args: unknown[]) => unknown;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    count('traced');
    return method.apply(this, args);
  };
};

const IdempotentPost = (path: string) => applyDecorators(Post(path), HttpCode(202), Idempotent());

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Controller('order')
class DecoratorsController {
  @Idempotent()
  @Post('above')
  above() {
    return count('above');
  }

  @Post('below')
  @Idempotent()
  below() {
    return count('below');
  }

  @IdempotentPost('composed')
  composed() {
    return count('composed');
  }

  @Post('replaced')
  @Traced()
  @Idempotent()
  replaced() {
    return count('replaced');
  }

  @Idempotent()
  @UseInterceptors(Envelope)
  @Post('enveloped')
  enveloped() {
    return count('enveloped');
  }

  @Post('twice')
  @Idempotent({ required: true })
  @Idempotent({ required: false })
  twice() {
    return count('twice');
  }

  @Post(['first', 'second'])
  @Idempotent()
  paths() {
    return count('paths');
  }
}

@Module({ providers: [DecoratorsController], exports: [DecoratorsController] })
class DecoratorsModule {}

@Controller('requests')
class RequestScopedController {
  private readonly instance = count('instances').run;
  constructor(@Inject(REQUEST) private readonly request: { headers: Record<string, string> }) {}

  @Post()
  @Idempotent()
  create() {
    return { ...count('request-scoped'), instance: this.instance, agent: this.request.headers['x-agent'] };
  }
}

@Controller({ path: 'transient', scope: Scope.TRANSIENT })
class TransientController {
  @Post()
  @Idempotent()
  create() {
    return count('transient');
  }
}

@Controller('class')
@Idempotent()
class ClassController {
  @Get()
  read() {
    return count('read');
  }

  @All('all')
  all() {
    return count('all');
  }

  @Post()
  create() {
    return count('create');
  }

  @Delete()
  @Idempotent({ enabled: false })
  remove() {
    return count('remove');
  }

  @Get('export')
  @Idempotent()
  export() {
    return count('export');
  }

  /** No route: nothing to protect. */
  helper() {
    return count('helper');
  }
}

@Controller('nested')
class NestedController {
  constructor(private readonly decorators: DecoratorsController) {}

  @Post('plain')
  plain() {
    return [this.decorators.above(), this.decorators.above()];
  }

  @Post('decorated')
  @Idempotent()
  decorated() {
    return [this.decorators.above(), this.decorators.above(), this.own()];
  }

  @Post('own')
  @Idempotent()
  own() {
    return count('own');
  }
}

describe.each(PLATFORMS)('controllers on %s', (platform) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [
        DecoratorsController,
        RequestScopedController,
        TransientController,
        ClassController,
        NestedController,
      ],
      // Nest injects controllers into each other only as providers.
      imports: [DecoratorsModule],
    });
  });
  afterAll(() => app.close());

  const twice = async (path: string, method = 'POST', key = `k-${path}`) => {
    const ask = () => send(`${app.url}/${path}`, { method, key });
    return [await ask(), await ask()] as const;
  };

  it.each(['above', 'below', 'composed', 'replaced', 'enveloped', 'twice'])(
    '[B56] are protected with the decorator %s',
    async (name) => {
      const [first, second] = await twice(`order/${name}`);
      expect([first.replayed, second.replayed]).toEqual([false, true]);
      expect(second.bytes).toEqual(first.bytes);
      expect(second.status).toBe(name === 'composed' ? 202 : 201);
      expect(runs[name]).toBe(1);
    },
  );

  it('[B56] run what a decorator put in the place of a method once, too', async () => {
    await twice('order/replaced', 'POST', 'traced');
    expect(runs).toEqual({ traced: 1, replaced: 1 });
  });

  it('[B10] [B56] with several paths for a method keep the keys of each apart', async () => {
    const [first] = await twice('order/first', 'POST', 'k');
    const [second] = await twice('order/second', 'POST', 'k');
    expect([first.replayed, second.replayed]).toEqual([false, false]);
    expect(runs).toEqual({ paths: 2 });
  });

  it('[B56] that are request-scoped replay, each request with an instance of its own', async () => {
    const ask = (agent: string) =>
      send(`${app.url}/requests`, { key: 'scoped', headers: { 'x-agent': agent } });
    const [first, second] = [await ask('one'), await ask('two')];
    expect(first.json).toMatchObject({ run: 1, agent: 'one' });
    expect([second.text, second.replayed]).toEqual([first.text, true]);
    expect(runs['request-scoped']).toBe(1);
  });

  it('[B56] that are transient replay', async () => {
    const [first, second] = await twice('transient');
    expect([second.text, second.replayed]).toEqual([first.text, true]);
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('[B56] leave %s alone under a decorated class', async (method) => {
    const [first, second] = await twice('class/all', method);
    expect([first.replayed, second.replayed]).toEqual([false, false]);
    expect(runs['all']).toBe(2);
  });

  it('[B56] do not ask GET for a key under a decorated class', async () => {
    expect((await send(`${app.url}/class`, { method: 'GET' })).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    '[B56] protect %s of @All() under a decorated class',
    async (method) => {
      const [first, second] = await twice('class/all', method, `all-${method}`);
      expect([first.replayed, second.replayed]).toEqual([false, true]);
    },
  );

  it('[B56] protect a GET that is decorated itself', async () => {
    const [, second] = await twice('class/export', 'GET');
    expect(second.replayed).toBe(true);
    expect(runs['export']).toBe(1);
  });

  it('[B56] do not protect a method that takes itself out', async () => {
    await twice('class', 'DELETE');
    expect(runs['remove']).toBe(2);
  });

  it('[B62] call decorated methods of each other as plain methods', async () => {
    const { json } = await send(`${app.url}/nested/plain`);
    expect(json).toEqual([
      { handler: 'above', run: 1 },
      { handler: 'above', run: 2 },
    ]);
  });

  it('[B62] call decorated methods from a decorated one without taking their keys', async () => {
    const [first, second] = await twice('nested/decorated', 'POST', 'nested');
    expect([second.text, second.replayed]).toEqual([first.text, true]);
    expect(runs).toEqual({ above: 2, own: 1 });
    const own = await send(`${app.url}/nested/own`, { key: 'nested' });
    expect(own.replayed).toBe(false);
  });
});

@Controller({ path: 'orders', version: ['1', '2'] })
class VersionedController {
  @Post()
  @Idempotent()
  create() {
    return count('v1 or v2');
  }

  @Post()
  @Version('3')
  @Idempotent()
  createNow() {
    return count('v3');
  }
}

describe.each(PLATFORMS)('versions and prefixes on %s', (platform) => {
  const VERSIONING = {
    URI: [
      { type: VersioningType.URI } as const,
      (v: string) => ({ path: `/shop/v${v}/orders`, headers: {} }),
    ],
    HEADER: [
      { type: VersioningType.HEADER, header: 'X-Version' } as const,
      (v: string) => ({ path: '/shop/orders', headers: { 'x-version': v } }),
    ],
    'MEDIA TYPE': [
      { type: VersioningType.MEDIA_TYPE, key: 'v=' } as const,
      (v: string) => ({ path: '/shop/orders', headers: { accept: `application/json;v=${v}` } }),
    ],
  } as const;

  it.each(Object.entries(VERSIONING))(
    '[B10] [B56] by %s are part of the identity',
    async (_, [options, locate]) => {
      const app = await createApp(platform, {
        controllers: [VersionedController],
        setup: (nest) => void nest.setGlobalPrefix('shop').enableVersioning(options),
      });
      const ask = (version: string) => {
        const { path, headers } = locate(version);
        return send(`${app.url}${path}`, { key: 'k', headers });
      };
      const firsts = [await ask('1'), await ask('2'), await ask('3')];
      const seconds = [await ask('1'), await ask('2'), await ask('3')];
      expect(firsts.map(({ status, replayed }) => [status, replayed])).toEqual(Array(3).fill([201, false]));
      expect(seconds.map(({ replayed }) => replayed)).toEqual([true, true, true]);
      expect(seconds.map(({ text }) => text)).toEqual(firsts.map(({ text }) => text));
      expect(runs).toEqual({ 'v1 or v2': 2, v3: 1 });
      await app.close();
    },
  );
});

describe.each(PLATFORMS)('an application on %s with the module and no decorator', (platform) => {
  /** Fails whoever asks it. */
  class UnusedStore extends MemoryStore {
    override async acquire(): Promise<never> {
      throw new Error('nobody should ask');
    }
  }

  @Controller('plain')
  class PlainController {
    @Post()
    create() {
      return count('plain');
    }
  }

  /** What a request passes: interceptors, Express's layers and Fastify's hooks. */
  async function costOf(on: Platform, withModule: boolean) {
    const app = await createApp(on, {
      controllers: [PlainController],
      idempotency: withModule && { store: new UnusedStore() },
    });
    const answer = await send(`${app.url}/plain`, { key: 'k', json: { a: 1 } });
    const instance = app.app.getHttpAdapter().getInstance() as Record<string | symbol, unknown>;
    const hooks = Object.getOwnPropertySymbols(instance).find(
      (symbol) => symbol.description === 'fastify.hooks',
    );
    const { stack } = (instance['router'] ?? {}) as { stack?: { name: string }[] };
    const cost = {
      status: answer.status,
      interceptors: app.app.get(ApplicationConfig, { strict: false }).getGlobalInterceptors(),
      layers: stack?.map(({ name }) => name),
      onSend: hooks && (instance[hooks] as { onSend: unknown[] }).onSend,
      isPlain: PlainController.prototype.create.toString().includes("count('plain')"),
    };
    await app.close();
    return cost;
  }

  it('[B55] answers as one without the module, at no cost', async () => {
    const withModule = await costOf(platform, true);
    expect(withModule).toEqual(await costOf(platform, false));
    expect(withModule).toMatchObject({ status: 201, interceptors: [], isPlain: true });
    expect(withModule).toMatchObject(platform === 'fastify' ? { onSend: [] } : { layers: expect.any(Array) });
    expect(runs).toEqual({ plain: 2 });
  });
});

import {
  ArgumentsHost,
  Body,
  Catch,
  Controller,
  HttpException,
  Post,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { readFileSync } from 'node:fs';
import {
  Idempotent,
  IdempotencyErrorCode,
  isIdempotencyError,
  MemoryStore,
  type IdempotencyModuleOptions,
} from 'nestjs-idempotency';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import { freshKey } from '../support/twins.js';
import { wire, type Wire } from '../support/wire.js';

class FailingStore extends MemoryStore {
  override acquire(): Promise<never> {
    return Promise.reject(new Error('connect ECONNREFUSED secret-host:6379'));
  }
}

let letGo: () => void = () => undefined;

@Controller()
class OrdersController {
  @Post('orders')
  @Idempotent()
  create(@Body() body: { wait?: boolean }) {
    if (!body?.wait) return { id: 1 };
    return new Promise((resolve) => (letGo = () => resolve({ id: 1 })));
  }

  @Post('large')
  @Idempotent({ maxBodyBytes: 10 })
  large() {
    return { text: 'more than ten bytes' };
  }

  @Post('broken-scope')
  @Idempotent({ scope: () => Promise.reject(new Error('secret of the resolver')) })
  brokenScope() {
    return { id: 1 };
  }
}

/** One request for each of our errors. */
const PROBLEMS: Record<string, { status: number; ask: (app: TestApp) => Promise<Wire> }> = {
  [IdempotencyErrorCode.KEY_MISSING]: { status: 400, ask: ({ url }) => wire(`${url}/orders`, { json: {} }) },
  [IdempotencyErrorCode.KEY_INVALID]: {
    status: 400,
    ask: ({ url }) => wire(`${url}/orders`, { json: {}, key: 'x'.repeat(256) }),
  },
  [IdempotencyErrorCode.KEY_REUSED]: {
    status: 422,
    ask: async ({ url }) => {
      const key = freshKey();
      await wire(`${url}/orders`, { key, json: { secret: 'of the first request' } });
      return wire(`${url}/orders`, { key, json: { other: true } });
    },
  },
  [IdempotencyErrorCode.IN_PROGRESS]: {
    status: 409,
    ask: async ({ url }) => {
      const key = freshKey();
      letGo = () => undefined;
      const untouched = letGo;
      const first = wire(`${url}/orders`, { key, json: { wait: true } });
      while (letGo === untouched) await new Promise((resolve) => setImmediate(resolve));
      const second = await wire(`${url}/orders`, { key, json: { wait: true } });
      letGo();
      await first;
      return second;
    },
  },
  [IdempotencyErrorCode.RESPONSE_NOT_KEPT]: {
    status: 409,
    ask: async ({ url }) => {
      const key = freshKey();
      await wire(`${url}/large`, { key });
      return wire(`${url}/large`, { key });
    },
  },
  [IdempotencyErrorCode.CALLER_UNRESOLVED]: {
    status: 500,
    ask: ({ url }) =>
      wire(`${url}/orders`, { key: freshKey(), json: {}, headers: { authorization: 'Bearer secret-token' } }),
  },
  [IdempotencyErrorCode.RESOLVER_FAILED]: {
    status: 500,
    ask: ({ url }) => wire(`${url}/broken-scope`, { key: freshKey() }),
  },
};

/** The same, with a store that does not answer. */
const STORE_PROBLEM = {
  code: IdempotencyErrorCode.STORE_UNAVAILABLE,
  status: 503,
  ask: ({ url }: TestApp) => wire(`${url}/orders`, { key: freshKey(), json: {} }),
};

function expectProblem(
  answer: Wire,
  code: string,
  status: number,
  base = 'nestjs-idempotency/docs/errors.md',
): void {
  expect(answer.status).toBe(status);
  expect(answer.header('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.json).toEqual({
    type: `${base}#${code.toLowerCase()}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
  });
  expect(answer.replayed).toBe(false);
  expect(answer.text).not.toContain('secret');
}

describe.each(PLATFORMS)('our own errors on %s', (platform) => {
  const apps: TestApp[] = [];

  async function start(idempotency: IdempotencyModuleOptions = {}, setup?: (app: INestApplication) => void) {
    const app = await createApp(platform, {
      controllers: [OrdersController],
      idempotency,
      ...(setup && { setup }),
    });
    apps.push(app);
    return app;
  }
  afterAll(() => Promise.all(apps.map((app) => app.close())));

  describe('by themselves', () => {
    let app: TestApp;
    beforeAll(async () => (app = await start()));

    it.each(Object.entries(PROBLEMS))(
      '[B45] answers %s as problem details',
      async (code, { status, ask }) => {
        expectProblem(await ask(app), code, status);
      },
    );

    it('[B45] says when to come back', async () => {
      const conflict = await PROBLEMS[IdempotencyErrorCode.IN_PROGRESS]!.ask(app);
      expect(Number(conflict.header('retry-after'))).toBeGreaterThanOrEqual(1);
    });
  });

  it('[B45] answers a store that does not answer as problem details, without its secrets', async () => {
    const app = await start({ store: new FailingStore() });
    const answer = await STORE_PROBLEM.ask(app);
    expectProblem(answer, STORE_PROBLEM.code, STORE_PROBLEM.status);
    expect(Number(answer.header('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(answer.text).not.toContain('ECONNREFUSED');
  });

  it('[B45] answers with the statuses and the type base that the application wants', async () => {
    const app = await start({
      statuses: { [IdempotencyErrorCode.KEY_MISSING]: 428, [IdempotencyErrorCode.KEY_REUSED]: 409 },
      problemTypeBase: 'https://docs.example/errors',
    });
    const base = 'https://docs.example/errors';
    expectProblem(
      await PROBLEMS[IdempotencyErrorCode.KEY_MISSING]!.ask(app),
      'IDEMPOTENCY_KEY_MISSING',
      428,
      base,
    );
    expectProblem(
      await PROBLEMS[IdempotencyErrorCode.KEY_REUSED]!.ask(app),
      'IDEMPOTENCY_KEY_REUSED',
      409,
      base,
    );
    expectProblem(
      await PROBLEMS[IdempotencyErrorCode.KEY_INVALID]!.ask(app),
      'IDEMPOTENCY_KEY_INVALID',
      400,
      base,
    );
  });

  describe('through filters of the application', () => {
    const caught: unknown[] = [];

    @Catch()
    class HouseStyle implements ExceptionFilter {
      catch(error: unknown, host: ArgumentsHost) {
        caught.push(error);
        const response = host.switchToHttp().getResponse();
        const status = error instanceof HttpException ? error.getStatus() : 500;
        const code = isIdempotencyError(error) ? error.code : 'UNKNOWN';
        response.status(status).type('application/json').send({ house: code });
      }
    }

    class Passing extends BaseExceptionFilter {
      override catch(error: unknown, host: ArgumentsHost) {
        caught.push(error);
        super.catch(error, host);
      }
    }

    beforeEach(() => void caught.splice(0));

    it.each(Object.entries(PROBLEMS))(
      '[B45] lets a filter answer %s in its own style',
      async (code, { status, ask }) => {
        const app = await start({}, (nest) => void nest.useGlobalFilters(new HouseStyle()));
        const answer = await ask(app);
        expect(answer.status).toBe(status);
        expect(answer.json).toEqual({ house: code });
        expect(answer.header('content-type')).toMatch(/^application\/json/);
        expect(caught).toHaveLength(1);
        expect(isIdempotencyError(caught[0], code as never)).toBe(true);
        expect(caught[0]).toBeInstanceOf(HttpException);
      },
    );

    it('[B45] lets a filter pass them on', async () => {
      const app = await start({}, (nest) => void nest.useGlobalFilters(new Passing(nest.getHttpAdapter())));
      expectProblem(
        await PROBLEMS[IdempotencyErrorCode.KEY_MISSING]!.ask(app),
        'IDEMPOTENCY_KEY_MISSING',
        400,
      );
      expect(caught).toHaveLength(1);
    });
  });

  it('[B45] keeps the cause for logs', async () => {
    const errors: any[] = [];
    @Catch()
    class Keeping extends BaseExceptionFilter {
      override catch(error: unknown, host: ArgumentsHost) {
        errors.push(error);
        super.catch(error, host);
      }
    }
    const app = await start(
      { store: new FailingStore() },
      (nest) => void nest.useGlobalFilters(new Keeping(nest.getHttpAdapter())),
    );
    await STORE_PROBLEM.ask(app);
    let cause = errors[0];
    const chain: string[] = [];
    while (cause) {
      chain.push(String(cause.message));
      cause = cause.cause;
    }
    expect(chain.join('\n')).toContain('ECONNREFUSED');
  });
});

describe('docs/errors.md', () => {
  const headings = readFileSync('docs/errors.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) => line.replace(/^#+ /, '').replace(/[`]/g, '').trim().toLowerCase());

  it.each(Object.values(IdempotencyErrorCode))('[B45] has a section where the type of %s points', (code) => {
    expect(headings).toContain(code.toLowerCase());
  });
});

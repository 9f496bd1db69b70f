import {
  ArgumentsHost,
  Catch,
  ConflictException,
  Controller,
  HttpException,
  Post,
  Query,
  Res,
  UseFilters,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter } from '@nestjs/core';
import { Idempotent, type RecordRule } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';
import { askTwins, contentOf, expectOneAnswer, UNPROTECTED, type Protect } from '../support/twins.js';

let runs = 0;

class OutOfStock extends HttpException {
  constructor(readonly sku: string) {
    super('Out of stock', 410);
  }
}

class DomainError extends Error {}
class DatabaseError extends Error {}

/** Writes with Express' or Fastify's own verbs, which are the same ones. */
@Catch(OutOfStock)
class OutOfStockFilter implements ExceptionFilter {
  catch(error: OutOfStock, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse();
    response
      .status(409)
      .header('X-Stock', '0')
      .type('application/problem+json')
      .send({ sku: error.sku, type: 'out-of-stock' });
  }
}

@Catch(DomainError)
class DomainFilter implements ExceptionFilter {
  catch(error: DomainError, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse();
    response.status(409);
    if (response.json) response.json({ domain: error.message });
    else response.send({ domain: error.message });
  }
}

/** Answers later than it returns. */
@Catch(DatabaseError)
class DatabaseFilter implements ExceptionFilter {
  async catch(error: DatabaseError, host: ArgumentsHost) {
    await new Promise((resolve) => setImmediate(resolve));
    const response = host.switchToHttp().getResponse();
    response.status(error.message === 'unique' ? 409 : 503).send(`database: ${error.message}`);
  }
}

@Catch()
class EverythingFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost) {
    super.catch(
      error instanceof DomainError ? new ConflictException({ global: error.message }) : error,
      host,
    );
  }
}

/** Uses Node's response, past Fastify. */
@Catch(DomainError)
class RawFilter implements ExceptionFilter {
  catch(error: DomainError, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse();
    if (response.hijack) response.hijack();
    const raw = response.raw ?? response;
    raw.writeHead(409, { 'content-type': 'text/plain' });
    raw.end(error.message);
  }
}

const ERRORS: Record<string, () => unknown> = {
  'HttpException with a text': () => new HttpException('No such order', 404),
  'HttpException with a body': () => new HttpException({ code: 'E_LIMIT', limit: 5, list: [1] }, 422),
  'HttpException with an array': () => new HttpException(['one', 'two'] as never, 400),
  ConflictException: () =>
    new ConflictException('taken', { cause: new Error('inner'), description: 'Taken' }),
  'HttpException of a redirect': () => new HttpException({ moved: true }, 303),
  'HttpException of a success': () => new HttpException({ fine: true }, 200),
  'foreign HTTP error': () =>
    Object.assign(new Error('too many boxes'), { statusCode: 413, status: 413, expose: true }),
};

function twin(path: string, protect: Protect, filters: ClassDecorator | undefined) {
  const ran = () => {
    if (path === 'kept') runs++;
  };

  @Controller(path)
  class ErrorsController {
    @Post('error')
    @protect
    error(@Query('name') name: string) {
      ran();
      throw ERRORS[name]!();
    }

    @Post('error-async')
    @protect
    async errorAsync(@Query('name') name: string, @Res({ passthrough: true }) res: any) {
      ran();
      await Promise.resolve();
      res.header('X-Before', 'the error');
      throw ERRORS[name]!();
    }

    @Post('out-of-stock')
    @UseFilters(OutOfStockFilter)
    @protect
    outOfStock() {
      ran();
      throw new OutOfStock('tea');
    }

    @Post('domain')
    @protect
    domain() {
      ran();
      throw new DomainError('the order is closed');
    }

    @Post('database')
    @protect
    @UseFilters(new DatabaseFilter())
    async database(@Query('kind') kind: string) {
      ran();
      throw new DatabaseError(kind);
    }

    @Post('raw')
    @UseFilters(RawFilter)
    @protect
    raw(@Res() _res: unknown) {
      ran();
      throw new DomainError('raw');
    }
  }
  filters?.(ErrorsController);
  return ErrorsController;
}

const BINDINGS: {
  name: string;
  setup?: (app: INestApplication) => void;
  providers?: any[];
  filters?: ClassDecorator;
}[] = [
  { name: 'the controller', filters: UseFilters(DomainFilter) },
  {
    name: 'useGlobalFilters',
    setup: (app) => void app.useGlobalFilters(new EverythingFilter(app.getHttpAdapter())),
  },
  { name: 'APP_FILTER', providers: [{ provide: APP_FILTER, useClass: EverythingFilter }] },
  { name: 'APP_FILTER, writing by itself', providers: [{ provide: APP_FILTER, useClass: DomainFilter }] },
];

describe.each(PLATFORMS)('errors of the handler on %s', (platform) => {
  describe.each(BINDINGS)('with filters bound by $name', ({ setup, providers = [], filters }) => {
    let app: TestApp;

    beforeAll(async () => {
      app = await createApp(platform, {
        controllers: [twin('kept', Idempotent(), filters), twin('plain', UNPROTECTED, filters)],
        providers,
        ...(setup && { setup }),
      });
    });
    beforeEach(() => {
      runs = 0;
    });
    afterAll(() => app.close());

    it.each(
      Object.keys(ERRORS).flatMap((name) => [
        ['error', name],
        ['error-async', name],
      ]),
    )('[B41] replays the same status and bytes (%s): %s', async (path, name) => {
      const answers = await askTwins(app, `${path}?name=${encodeURIComponent(name!)}`);
      expect(answers.plain.status).toBeLessThan(500);
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    });

    it('[B41] replays what a filter made of a subclass, its headers and type included', async () => {
      const answers = await askTwins(app, 'out-of-stock');
      expect(answers.plain.status).toBe(409);
      expectOneAnswer(answers);
      expect(answers.retry.header('x-stock')).toBe('0');
      expect(answers.retry.header('content-type')).toContain('application/problem+json');
      expect(runs).toBe(1);
    });

    it('[B41] replays a plain error that a filter mapped to 409', async () => {
      const answers = await askTwins(app, 'domain');
      expect(answers.plain.status).toBe(409);
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    });

    it('[B41] replays what a filter sent after it returned', async () => {
      const answers = await askTwins(app, 'database?kind=unique');
      expect(answers.plain.status).toBe(409);
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    });

    it('[B41] replays what a filter wrote to Node\u2019s response', async () => {
      const answers = await askTwins(app, 'raw');
      expect(answers.plain.status).toBe(409);
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    });

    it('[B42] frees the key when a filter says 5xx', async () => {
      const { plain, first, retry } = await askTwins(app, 'database?kind=gone');
      expect(contentOf(first)).toEqual(contentOf(plain));
      expect(contentOf(retry)).toEqual(contentOf(plain));
      expect(retry.replayed).toBe(false);
      expect(runs).toBe(2);
    });
  });
});

describe.each(PLATFORMS)('what is recorded on %s', (platform) => {
  let app: TestApp;
  let asked: { status: number; error?: unknown }[] = [];

  function statuses(path: string, record?: RecordRule) {
    @Controller(path)
    class StatusesController {
      @Post('throw')
      @Idempotent({ ...(record && { record }) })
      thrown(@Query('status') status: string) {
        runs++;
        throw new HttpException({ run: runs }, Number(status));
      }

      @Post('return')
      @Idempotent({ ...(record && { record }) })
      returned(@Query('status') status: string, @Res({ passthrough: true }) res: any) {
        runs++;
        res.status(Number(status));
        return { run: runs };
      }

      @Post('own')
      @Idempotent({ ...(record && { record }) })
      own(@Query('status') status: string, @Res() res: any) {
        runs++;
        res.status(Number(status)).send({ run: runs });
      }

      @Post('unknown')
      @Idempotent({ ...(record && { record }) })
      unknown() {
        runs++;
        throw new Error('unknown');
      }
    }
    return StatusesController;
  }

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [
        statuses('default'),
        statuses('by-name', 'default'),
        statuses('success', 'success'),
        statuses('everything', (outcome) => {
          asked.push(outcome);
          return true;
        }),
        statuses('nothing', () => false),
        statuses('not-a-boolean', (() => 'yes') as never),
        statuses('broken', () => {
          throw new Error('the rule is broken');
        }),
      ],
    });
  });
  beforeEach(() => {
    runs = 0;
    asked = [];
  });
  afterAll(() => app.close());

  async function runsOf(path: string): Promise<number> {
    runs = 0;
    const key = `record-${path}`;
    const first = await send(`${app.url}/${path}`, { key });
    const retry = await send(`${app.url}/${path}`, { key });
    expect(retry.status).toBe(first.status);
    expect(retry.replayed).toBe(runs === 1);
    if (runs === 1) expect(retry.bytes).toEqual(first.bytes);
    return runs;
  }

  const ways = ['throw', 'return', 'own'];

  it.each(ways)('[B42] records 2xx, 3xx and most of 4xx by default (%s)', async (way) => {
    for (const status of [
      200, 201, 202, 204, 303, 400, 402, 404, 405, 406, 409, 410, 412, 415, 418, 422, 423, 424, 428, 451,
    ]) {
      for (const path of ['default', 'by-name']) {
        expect({ status, runs: await runsOf(`${path}/${way}?status=${status}`) }).toEqual({
          status,
          runs: 1,
        });
      }
    }
  });

  it.each(ways)('[B42] never records 401, 403, 408, 425, 429 and 5xx by default (%s)', async (way) => {
    for (const status of [401, 403, 408, 425, 429, 500, 501, 502, 503, 504, 507]) {
      expect({ status, runs: await runsOf(`default/${way}?status=${status}`) }).toEqual({ status, runs: 2 });
    }
  });

  it('[B42] frees the key after an unknown error', async () => {
    expect(await runsOf('default/unknown')).toBe(2);
  });

  it.each(ways)('[B42] records 2xx and 3xx only with record: "success" (%s)', async (way) => {
    for (const status of [200, 303]) expect(await runsOf(`success/${way}?status=${status}`)).toBe(1);
    for (const status of [400, 404, 409, 422, 500])
      expect(await runsOf(`success/${way}?status=${status}`)).toBe(2);
  });

  it.each(ways)('[B42] asks a function about every answer (%s)', async (way) => {
    for (const status of [200, 303, 404, 500, 503]) {
      expect(await runsOf(`everything/${way}?status=${status}`)).toBe(1);
      expect(await runsOf(`nothing/${way}?status=${status}`)).toBe(2);
    }
  });

  it('[B42] tells a function the status and what was thrown', async () => {
    await runsOf('everything/throw?status=418');
    await runsOf('everything/return?status=417');
    await runsOf('everything/unknown');
    expect(asked).toEqual([
      { status: 418, error: expect.any(HttpException) },
      { status: 417 },
      { status: 500, error: new Error('unknown') },
    ]);
  });

  it('[B42] falls back to the default where a function gives no boolean: taken for a no, every retry would run', async () => {
    expect(await runsOf('not-a-boolean/return?status=200')).toBe(1);
    expect(await runsOf('not-a-boolean/throw?status=500')).toBe(2);
  });

  it('[B42] falls back to the default where a function throws', async () => {
    expect(await runsOf('broken/return?status=200')).toBe(1);
    expect(await runsOf('broken/throw?status=500')).toBe(2);
  });
});

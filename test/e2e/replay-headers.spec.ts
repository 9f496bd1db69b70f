import { Controller, Header, Post, Res, StreamableFile, type INestApplication } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type Platform, type TestApp } from '../support/create-app.js';
import {
  askTwins,
  contentOf,
  expectOneAnswer,
  freshKey,
  UNPROTECTED,
  type Protect,
} from '../support/twins.js';
import { wire } from '../support/wire.js';

let requests = 0;

function twin(path: string, protect: Protect) {
  @Controller(path)
  class HeadersController {
    @Post('static')
    @Header('X-Shop', 'corner')
    @Header('Cache-Control', 'no-store')
    @Header('Content-Language', 'de')
    @protect
    static() {
      return { ok: true };
    }

    @Post('computed')
    @Header('X-Computed', () => 'by a function')
    @protect
    computed() {
      return { ok: true };
    }

    @Post('type')
    @Header('Content-Type', 'text/csv; charset=utf-8')
    @Header('Content-Disposition', 'attachment; filename="orders.csv"')
    @protect
    csv() {
      return 'id;sku\n1;tee\n';
    }

    @Post('handler')
    @protect
    handler(@Res({ passthrough: true }) res: any) {
      res.header('Location', '/orders/17');
      res.header('ETag', '"17-1"');
      res.header('Last-Modified', 'Sat, 01 Jan 2022 00:00:00 GMT');
      res.header('Retry-After', '120');
      res.header('X-Number', 7);
      res.header('X-Empty', '');
      return { id: 17 };
    }

    @Post('latin/json')
    @protect
    latinJson(@Res({ passthrough: true }) res: any) {
      res.header('X-Customer', 'J\u00fcrgen');
      return { id: 17 };
    }

    @Post('latin/bytes')
    @protect
    latinBytes(@Res({ passthrough: true }) res: any) {
      res.header('X-Customer', 'J\u00fcrgen');
      return new StreamableFile(Buffer.from('bytes'));
    }

    @Post('latin/none')
    @protect
    latinNone(@Res({ passthrough: true }) res: any) {
      res.header('X-Customer', 'J\u00fcrgen');
    }

    @Post('lists')
    @protect
    lists(@Res({ passthrough: true }) res: any) {
      res.header('Link', ['</a>; rel="next"', '</b>; rel="last"']);
      res.header('X-Many', ['one', 'two, with a comma', 'three']);
      res.header('X-Single', ['alone']);
      return { id: 17 };
    }

    @Post('private')
    @protect
    private(@Res({ passthrough: true }) res: any) {
      res.header('Set-Cookie', ['sid=first; HttpOnly', 'csrf=first']);
      res.header('Authorization', 'Bearer first');
      res.header('X-Auth-Token', 'first');
      res.header('WWW-Authenticate', 'Bearer');
      res.header('X-Kept', 'kept');
      return { id: 17 };
    }

    @Post('moment')
    @protect
    moment(@Res({ passthrough: true }) res: any) {
      res.header('Date', 'Sat, 01 Jan 2022 00:00:00 GMT');
      res.header('traceparent', '00-first');
      res.header('X-Request-Id', 'first');
      res.header('X-RateLimit-Remaining', '9');
      res.header('RateLimit', 'limit=10, remaining=9');
      res.header('RateLimit-Policy', '10;w=60');
      res.header('Server-Timing', 'db;dur=53');
      res.header('X-Response-Time', '12ms');
      res.header('Via', '1.1 first');
      res.header('Idempotent-Replayed', 'false');
      res.header('X-Secret-Of-The-Shop', 'first');
      res.header('X-Kept', 'kept');
      return { id: 17 };
    }

    @Post('own')
    @protect
    own(@Res() res: any) {
      const raw = res.raw ?? res;
      if (res.hijack) res.hijack();
      raw.writeHead(202, { 'Content-Type': 'text/plain', 'X-One': '1', 'X-Many': ['a', 'b'] });
      raw.end('own');
    }
  }
  return HeadersController;
}

/** What middleware puts on every response, the same on both platforms. */
function everyResponse(app: INestApplication, platform: Platform): void {
  const headers = () => ({
    'x-frame-options': 'DENY',
    'x-request-count': String(++requests),
    'x-kept': 'by the middleware',
  });
  if (platform === 'express') {
    app.use((_req: unknown, res: any, next: () => void) => {
      res.set(headers());
      next();
    });
  } else {
    (app.getHttpAdapter().getInstance() as any).addHook(
      'onRequest',
      (_r: unknown, reply: any, done: () => void) => {
        reply.headers(headers());
        done();
      },
    );
  }
}

describe.each(PLATFORMS)('headers on %s', (platform) => {
  let app: TestApp;
  let shop: TestApp;

  beforeAll(async () => {
    const controllers = [twin('kept', Idempotent()), twin('plain', UNPROTECTED)];
    app = await createApp(platform, { controllers });
    shop = await createApp(platform, {
      controllers,
      idempotency: { unreplayableHeaders: ['X-Secret-Of-The-Shop'] },
      setup: (nest) => {
        nest.enableCors({ origin: ['https://a.example', 'https://b.example'], exposedHeaders: ['X-Total'] });
        everyResponse(nest, platform);
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await shop.close();
  });

  it.each(['static', 'computed', 'type', 'handler', 'lists', 'own', 'latin/bytes', 'latin/none'])(
    '[B31] replays the headers of %s as the first answer had them',
    async (path) => {
      expectOneAnswer(await askTwins(app, path));
    },
  );

  it('[B31] replays a header outside of ASCII as it was sent before text', async () => {
    // Not compared with the twin: Node writes it as UTF-8 before a string and as ISO-8859-1 before bytes.
    const { first, retry } = await askTwins(app, 'latin/json');
    expect(first.header('x-customer')).toBeDefined();
    expect(contentOf(retry)).toEqual(contentOf(first));
  });

  it('[B31] keeps lists of values apart', async () => {
    const { first, retry } = await askTwins(app, 'lists');
    for (const answer of [first, retry]) {
      expect(answer.all('link')).toEqual(['</a>; rel="next"', '</b>; rel="last"']);
      expect(answer.all('x-many')).toEqual(['one', 'two, with a comma', 'three']);
    }
  });

  it('[B32] never replays cookies or credentials', async () => {
    const { first, retry } = await askTwins(app, 'private');
    expect(first.all('set-cookie')).toEqual(['sid=first; HttpOnly', 'csrf=first']);
    expect(first.header('authorization')).toBe('Bearer first');
    expect(retry.replayed).toBe(true);
    for (const name of ['set-cookie', 'authorization', 'x-auth-token', 'www-authenticate']) {
      expect(retry.header(name)).toBeUndefined();
    }
    expect(retry.header('x-kept')).toBe('kept');
  });

  it('[B32] never replays what belongs to the moment of an answer', async () => {
    const key = freshKey();
    const first = await wire(`${shop.url}/kept/moment`, { key });
    const retry = await wire(`${shop.url}/kept/moment`, { key });
    expect(first.header('x-ratelimit-remaining')).toBe('9');
    expect(retry.replayed).toBe(true);
    expect(retry.all('date')).toHaveLength(1);
    expect(retry.header('date')).not.toBe('Sat, 01 Jan 2022 00:00:00 GMT');
    for (const name of [
      'traceparent',
      'x-request-id',
      'x-ratelimit-remaining',
      'ratelimit',
      'ratelimit-policy',
      'server-timing',
      'x-response-time',
      'via',
      'x-secret-of-the-shop',
    ]) {
      expect({ name, value: retry.header(name) }).toEqual({ name, value: undefined });
    }
    expect(retry.all('idempotent-replayed')).toEqual(['true']);
    expect(retry.header('x-kept')).toBe('kept');
  });

  it('[B32] gives a retry its own middleware headers, and the handler\u2019s where both set one', async () => {
    const key = freshKey();
    const first = await wire(`${shop.url}/kept/private`, { key });
    const retry = await wire(`${shop.url}/kept/private`, { key });
    expect(retry.all('x-frame-options')).toEqual(['DENY']);
    expect(retry.all('x-request-count')).toHaveLength(1);
    expect(Number(retry.header('x-request-count'))).toBe(Number(first.header('x-request-count')) + 1);
    expect(retry.all('x-kept')).toEqual(['kept']);
  });

  it('[B32] marks replays only, and lets browsers of the retry\u2019s origin read the marker', async () => {
    const key = freshKey();
    const ask = (origin: string) => wire(`${shop.url}/kept/static`, { key, headers: { origin } });
    const first = await ask('https://a.example');
    expect(first.header('idempotent-replayed')).toBeUndefined();
    expect(first.header('access-control-expose-headers')).toBe('X-Total');
    const retry = await ask('https://b.example');
    expect(retry.replayed).toBe(true);
    expect(retry.all('access-control-allow-origin')).toEqual(['https://b.example']);
    expect(retry.header('access-control-expose-headers')).toBe('X-Total, Idempotent-Replayed');
    const stranger = await ask('https://c.example');
    expect(stranger.replayed).toBe(true);
    expect(stranger.header('access-control-allow-origin')).not.toBe('https://a.example');
  });

  it('[B32] says nothing about CORS where CORS is off', async () => {
    const { retry } = await askTwins(app, 'static');
    expect(retry.pairs.filter(([name]) => name.startsWith('access-control'))).toEqual([]);
  });

  it('[B32] frames a replay once', async () => {
    for (const path of ['static', 'type', 'own']) {
      const { retry } = await askTwins(app, path);
      expect([...retry.all('content-length'), ...retry.all('transfer-encoding')]).toHaveLength(1);
      expect(retry.all('content-type')).toHaveLength(1);
    }
  });
});

import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import {
  askTwins,
  contentOf,
  expectOneAnswer,
  freshKey,
  UNPROTECTED,
  type Protect,
} from '../support/twins.js';
import { wire } from '../support/wire.js';

let runs = 0;

const BODIES: Record<string, () => unknown> = {
  object: () => ({ id: 1, name: 'Tee & <b>"Kekse"</b>', nested: { list: [1, null, 'z\u00fc\u{1F600}'] } }),
  'empty object': () => ({}),
  array: () => [1, 'two', { three: 3 }, null],
  'empty array': () => [],
  string: () => 'accepted \u2013 gr\u00fc\u00dfe',
  'string that looks like JSON': () => '{"id":1}',
  'string that looks like HTML': () => '<p>done</p>',
  'empty string': () => '',
  number: () => 42,
  zero: () => 0,
  'negative zero': () => -0,
  NaN: () => NaN,
  true: () => true,
  false: () => false,
  null: () => null,
  undefined: () => undefined,
  date: () => new Date(0),
  map: () => new Map([['a', 1]]),
  'object with toJSON': () => ({ secret: 1, toJSON: () => ({ shown: 2 }) }),
  'object with undefined members': () => ({ a: undefined, b: null, c: [undefined] }),
  'object with a null prototype': () => Object.assign(Object.create(null), { a: 1 }),
  buffer: () => Buffer.from([0, 1, 2, 127, 128, 255]),
  'empty buffer': () => Buffer.alloc(0),
  'typed array': () => new Uint8Array([0, 255, 1]),
  'view of a larger buffer': () => new Uint8Array(Buffer.from('abcdef').buffer, 0, 4),
  'wide typed array': () => new Uint16Array([1, 65535]),
  'array buffer': () => new ArrayBuffer(4),
  'data view': () => new DataView(new ArrayBuffer(4)),
  promise: () => Promise.resolve({ later: true }),
  error: () => new Error('returned, not thrown'),
  symbol: () => Symbol('s'),
  function: () => () => 1,
  bigint: () => 10n,
  'bigint inside': () => ({ cents: 10n }),
  circular: () => {
    const order: Record<string, unknown> = { id: 1 };
    order.self = order;
    return order;
  },
  'throwing getter': () => ({
    get total(): number {
      throw new Error('no total');
    },
  }),
};

function twin(path: string, protect: Protect) {
  const body = (res: any) => {
    if (path === 'kept') runs++;
    const request = res.req ?? res.request;
    return BODIES[decodeURIComponent(String((request.raw ?? request).headers['x-body']))]!();
  };

  @Controller(path)
  class BodiesController {
    @Post('returned')
    @protect
    returned(@Res({ passthrough: true }) res: any) {
      return body(res);
    }

    @Post('returned-no-content')
    @HttpCode(204)
    @protect
    noContent(@Res({ passthrough: true }) res: any) {
      return body(res);
    }

    @Post('sent')
    @protect
    sent(@Res() res: any) {
      res.status(200).send(body(res));
    }
  }
  return BodiesController;
}

/** What fails while it is serialised, on one platform or both. */
const UNSERIALISABLE = ['bigint inside', 'circular', 'throwing getter'];
const names = Object.keys(BODIES).filter((name) => !UNSERIALISABLE.includes(name));

describe.each(PLATFORMS)('bodies on %s', (platform) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [twin('kept', Idempotent()), twin('plain', UNPROTECTED)],
    });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => app.close());

  it.each(names)('[B33] answers as without the library and replays the same bytes for: %s', async (name) => {
    const answers = await askTwins(app, 'returned', { headers: { 'x-body': encodeURIComponent(name) } });
    if (answers.plain.status >= 500) {
      expect(contentOf(answers.first)).toEqual(contentOf(answers.plain));
      expect(contentOf(answers.retry)).toEqual(contentOf(answers.plain));
      expect(runs).toBe(2);
    } else {
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    }
  });

  it.each(['undefined', 'null', 'object', 'string'])('[B33] replays a 204 for: %s', async (name) => {
    const headers = { 'x-body': encodeURIComponent(name) };
    const answers = await askTwins(app, 'returned-no-content', { headers });
    expectOneAnswer(answers);
    expect(answers.retry.bytes).toHaveLength(0);
    expect(answers.retry.header('content-length')).toBeUndefined();
    expect(runs).toBe(1);
  });

  it.each(['object', 'array', 'string', 'empty string', 'buffer', 'undefined'])(
    '[B33] replays what a handler sends by itself: %s',
    async (name) => {
      const answers = await askTwins(app, 'sent', { headers: { 'x-body': encodeURIComponent(name) } });
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    },
  );

  it.each(UNSERIALISABLE)(
    '[B34] fails as it does without the library, and frees the key: %s',
    async (name) => {
      const headers = { 'x-body': encodeURIComponent(name) };
      const { plain, first, retry } = await askTwins(app, 'returned', { headers });
      expect(plain.status).toBe(500);
      expect(contentOf(first)).toEqual(contentOf(plain));
      expect(contentOf(retry)).toEqual(contentOf(plain));
      expect(retry.replayed).toBe(false);
      expect(runs).toBe(2);
    },
  );

  it('[B34] lets a corrected handler answer under the key that could not be serialised', async () => {
    const key = freshKey();
    const headers = { 'x-body': 'circular' };
    const original = BODIES.circular!;
    expect((await wire(`${app.url}/kept/returned`, { key, headers })).status).toBe(500);
    try {
      BODIES.circular = () => ({ id: 1 });
      const retry = await wire(`${app.url}/kept/returned`, { key, headers });
      expect(retry.status).toBe(201);
      expect(retry.json).toEqual({ id: 1 });
    } finally {
      BODIES.circular = original;
    }
  });
});

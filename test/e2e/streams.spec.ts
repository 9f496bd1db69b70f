import { Controller, Header, HttpCode, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
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

const LIMIT = 300_000;
const BIG = Buffer.alloc(200_000, 'invoice ');
const TOO_BIG = Buffer.alloc(400_000, 'invoice ');
const folder = mkdtempSync(join(tmpdir(), 'streams-'));
const file = join(folder, 'invoice.pdf');
writeFileSync(file, BIG);

let runs = 0;

/** Chunks that come one turn of the event loop after the other. */
async function* slowly(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise((resolve) => setImmediate(resolve));
    yield bytes.subarray(at, at + size);
  }
}

async function* failing(after: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < after; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.from(`part ${i} `);
  }
  throw new Error('the disk is gone');
}

const ANSWERS: Record<string, () => unknown> = {
  'file of a buffer': () => new StreamableFile(BIG),
  'file of a small typed array': () => new StreamableFile(new Uint8Array([1, 2, 3])),
  'file of nothing': () => new StreamableFile(Buffer.alloc(0)),
  'file with everything known': () =>
    new StreamableFile(BIG, {
      type: 'application/pdf',
      disposition: 'attachment; filename="i.pdf"',
      length: BIG.length,
    }),
  'file from the disk': () => new StreamableFile(createReadStream(file), { type: 'application/pdf' }),
  'file with its length from the disk': () =>
    new StreamableFile(createReadStream(file), { type: 'application/pdf', length: BIG.length }),
  'slow file': () => new StreamableFile(Readable.from(slowly(BIG, 10_000))),
  'file that is pushed late': () => {
    const stream = new PassThrough();
    setImmediate(() => stream.write('first '));
    setTimeout(() => stream.end('last'), 20);
    return new StreamableFile(stream, { type: 'text/plain' });
  },
  'file of strings': () => new StreamableFile(Readable.from(['eins ', 'zw\u00f6lf ', 'drei'])),
  readable: () => Readable.from([Buffer.from('a'), Buffer.from('b')], { objectMode: false }),
  'readable from the disk': () => createReadStream(file),
  'readable of strings': () => Readable.from(['eins ', 'zw\u00f6lf ']),
  'web response': () =>
    new Response('made by fetch', { status: 202, headers: { 'content-type': 'text/x-web', 'x-web': 'yes' } }),
  'web response of JSON': () => Response.json({ id: 1 }, { status: 200 }),
  'web response without a body': () => new Response(null, { status: 204, headers: { 'x-web': 'yes' } }),
  'web stream': () => new Response(BIG).body,
  'async generator of bytes': () => slowly(BIG, 50_000),
  'async generator of strings': async function* () {
    yield 'one ';
    yield 'two';
  },
  'async generator of nothing': async function* () {},
};

function twin(path: string, protect: Protect) {
  @Controller(path)
  class StreamsController {
    private answer(name: string): unknown {
      if (path === 'kept') runs++;
      return ANSWERS[name]!();
    }

    @Post('stream')
    @protect
    stream(@Query('name') name: string) {
      return this.answer(name);
    }

    @Post('async')
    @protect
    async async(@Query('name') name: string) {
      await Promise.resolve();
      return this.answer(name);
    }

    @Post('typed')
    @HttpCode(200)
    @Header('Content-Type', 'application/vnd.shop')
    @Header('Content-Disposition', 'inline')
    @protect
    typed(@Query('name') name: string) {
      return this.answer(name);
    }

    @Post('failing')
    @protect
    failing(@Query('after') after: string) {
      if (path === 'kept') runs++;
      return new StreamableFile(Readable.from(failing(Number(after))));
    }

    @Post('failing-generator')
    @protect
    failingGenerator(@Query('after') after: string) {
      if (path === 'kept') runs++;
      return failing(Number(after));
    }

    @Post('failing-response')
    @protect
    failingResponse(@Query('after') after: string) {
      if (path === 'kept') runs++;
      return new Response(Readable.toWeb(Readable.from(failing(Number(after)))) as never);
    }

    @Post('missing')
    @protect
    missing() {
      if (path === 'kept') runs++;
      return new StreamableFile(createReadStream(join(folder, 'no such file')));
    }

    @Post('too-big/:kind')
    @protect
    tooBig(@Query('kind') kind: string, @Res({ passthrough: true }) res: any) {
      if (path === 'kept') runs++;
      res.header('X-Kept', 'yes');
      switch (kind) {
        case 'string':
          return TOO_BIG.toString();
        case 'object':
          return { text: TOO_BIG.toString() };
        case 'buffer':
          return new StreamableFile(TOO_BIG);
        case 'stream':
          return new StreamableFile(Readable.from(slowly(TOO_BIG, 10_000)));
        case 'sized stream':
          return new StreamableFile(Readable.from(slowly(TOO_BIG, 10_000)), { length: TOO_BIG.length });
        case 'generator':
          return slowly(TOO_BIG, 10_000);
        default:
          return new Response(TOO_BIG);
      }
    }

    @Post('too-big-own/:kind')
    @protect
    tooBigOwn(@Query('kind') kind: string, @Res() res: any) {
      if (path === 'kept') runs++;
      if (kind === 'send') return res.send(TOO_BIG);
      const raw = res.raw ?? res;
      if (res.hijack) res.hijack();
      raw.write(TOO_BIG.subarray(0, 250_000));
      raw.end(TOO_BIG.subarray(250_000));
    }

    @Post('at-the-limit')
    @protect
    atTheLimit(@Query('bytes') bytes: string) {
      if (path === 'kept') runs++;
      return new StreamableFile(Readable.from(slowly(Buffer.alloc(Number(bytes), 'x'), 50_000)));
    }
  }
  return StreamsController;
}

describe.each(PLATFORMS)('streams on %s', (platform) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [twin('kept', Idempotent({ maxBodyBytes: LIMIT })), twin('plain', UNPROTECTED)],
    });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => app.close());

  it.each(Object.keys(ANSWERS))('[B33] replays the bytes and type of: %s', async (name) => {
    expectOneAnswer(await askTwins(app, `stream?name=${encodeURIComponent(name)}`));
    expect(runs).toBe(1);
  });

  it.each(Object.keys(ANSWERS))('[B33] replays the bytes and type of a promise of: %s', async (name) => {
    expectOneAnswer(await askTwins(app, `async?name=${encodeURIComponent(name)}`));
    expect(runs).toBe(1);
  });

  it.each(['file with everything known', 'readable', 'web response', 'async generator of strings'])(
    '[B33] lets headers set by decorators win as they do without the library: %s',
    async (name) => {
      expectOneAnswer(await askTwins(app, `typed?name=${encodeURIComponent(name)}`));
      expect(runs).toBe(1);
    },
  );

  it.each(['string', 'object', 'buffer', 'stream', 'sized stream', 'generator', 'web'])(
    '[B33] sends a %s that is too large to keep, and never runs it again',
    async (kind) => {
      const { plain, first, retry } = await askTwins(app, `too-big/x?kind=${encodeURIComponent(kind)}`);
      expect(contentOf(first)).toEqual(contentOf(plain));
      expect(first.bytes.length).toBeGreaterThanOrEqual(TOO_BIG.length);
      expect(retry.status).toBe(409);
      expect(retry.json).toMatchObject({ code: 'IDEMPOTENCY_RESPONSE_NOT_KEPT', status: 409 });
      expect(retry.header('x-kept')).toBeUndefined();
      expect(runs).toBe(1);
    },
  );

  it.each(['send', 'pieces'])(
    '[B33] never runs a handler again that sent too much by itself: %s',
    async (kind) => {
      const { plain, first, retry } = await askTwins(app, `too-big-own/x?kind=${kind}`);
      expect(contentOf(first)).toEqual(contentOf(plain));
      expect(retry.status).toBe(409);
      expect(retry.json.code).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
      expect(runs).toBe(1);
    },
  );

  it.each([
    [LIMIT - 1, 201],
    [LIMIT, 201],
    [LIMIT + 1, 409],
  ])('[B33] draws the line at the limit: %i bytes', async (bytes, status) => {
    const { first, retry } = await askTwins(app, `at-the-limit?bytes=${bytes}`);
    expect(first.bytes).toHaveLength(bytes);
    expect(retry.status).toBe(status);
    expect(runs).toBe(1);
  });

  it.each(
    ['failing', 'failing-generator', 'failing-response'].flatMap((path) =>
      [0, 1, 5].map((after) => [path, after] as const),
    ),
  )(
    '[B33] keeps no answer of a stream that fails, and frees the key: %s after %i parts',
    async (route, after) => {
      const key = freshKey();
      const path = `${route}?after=${after}`;
      const first = await wire(`${app.url}/kept/${path}`, { key }).catch(() => undefined);
      // Whole and successful is the one thing it must not look like.
      if (first) expect(first.status).toBeGreaterThanOrEqual(400);
      const retry = await wire(`${app.url}/kept/${path}`, { key }).catch(() => undefined);
      if (retry) expect(retry.replayed).toBe(false);
      expect(runs).toBe(2);
    },
  );

  it('[B33] answers a file that cannot be opened as without the library, and frees the key', async () => {
    const { plain, first, retry } = await askTwins(app, 'missing');
    expect(contentOf(first)).toEqual(contentOf(plain));
    expect(first.status).toBeGreaterThanOrEqual(400);
    expect(retry.replayed).toBe(false);
    expect(runs).toBe(2);
  });
});

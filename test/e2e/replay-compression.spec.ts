import { Controller, Header, Post, Query, Res, StreamableFile, type INestApplication } from '@nestjs/common';
import { brotliDecompressSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { Readable } from 'node:stream';
import compress from '@fastify/compress';
import compression from 'compression';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type Platform, type TestApp } from '../support/create-app.js';
import { contentOf, freshKey, UNPROTECTED, type Protect } from '../support/twins.js';
import { wire, type Wire } from '../support/wire.js';

const TEXT = 'idempotent '.repeat(2_000);

let runs = 0;

function twin(path: string, protect: Protect) {
  @Controller(path)
  class TextsController {
    @Post()
    @protect
    text(@Query('kind') kind: string, @Res({ passthrough: true }) res: any): unknown {
      if (path === 'kept') runs++;
      switch (kind) {
        case 'object':
          return { text: TEXT };
        case 'file':
          return new StreamableFile(Buffer.from(TEXT), { type: 'text/plain' });
        case 'sized file':
          return new StreamableFile(Buffer.from(TEXT), { type: 'text/plain', length: TEXT.length });
        case 'stream':
          return new StreamableFile(Readable.from([TEXT, TEXT]), { type: 'text/plain' });
        case 'small':
          return { small: true };
        case 'nothing':
          return undefined;
        case 'encoded by the handler':
          res.header('Content-Encoding', 'gzip');
          return new StreamableFile(gzipSync(TEXT), { type: 'text/plain' });
        default:
          return TEXT;
      }
    }

    @Post('own')
    @protect
    own(@Res() res: any) {
      if (path === 'kept') runs++;
      res.type('text/plain').send(TEXT);
    }

    @Post('own-pieces')
    @protect
    ownPieces(@Res() res: any) {
      if (path === 'kept') runs++;
      if (res.hijack) res.hijack();
      const raw = res.raw ?? res;
      raw.setHeader('content-type', 'text/plain');
      raw.write(TEXT.slice(0, 5_000));
      raw.end(TEXT.slice(5_000));
    }

    @Post('no-transform')
    @Header('Cache-Control', 'no-transform')
    @protect
    noTransform() {
      return TEXT;
    }
  }
  return TextsController;
}

async function compressing(app: INestApplication, platform: Platform): Promise<void> {
  if (platform === 'express') app.use(compression());
  else await (app as any).register(compress);
}

const DECODERS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: (bytes) => gunzipSync(bytes),
  deflate: (bytes) => inflateSync(bytes),
  br: (bytes) => brotliDecompressSync(bytes),
};

function decoded(answer: Wire): string {
  const encoding = answer.header('content-encoding');
  return (encoding ? DECODERS[encoding]!(answer.bytes) : answer.bytes).toString();
}

describe.each(PLATFORMS)('compression on %s', (platform) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [twin('kept', Idempotent()), twin('plain', UNPROTECTED)],
      setup: (nest) => compressing(nest, platform),
    });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => app.close());

  const encodings = ['identity', 'gzip', 'deflate', 'br'];
  const kinds = ['string', 'object', 'file', 'sized file', 'stream', 'small', 'nothing'];

  it.each(kinds)('[B39] encodes a replay as its own request accepts: %s', async (kind) => {
    for (const firstAccepts of encodings) {
      const key = freshKey();
      runs = 0;
      const ask = (accept: string, path = 'kept') =>
        wire(`${app.url}/${path}?kind=${encodeURIComponent(kind)}`, {
          key,
          headers: { 'accept-encoding': accept },
        });
      const first = await ask(firstAccepts);
      const plain = await ask(firstAccepts, 'plain');
      expect(first.header('content-encoding')).toBe(plain.header('content-encoding'));
      expect(decoded(first)).toBe(decoded(plain));
      for (const retryAccepts of encodings) {
        const retry = await ask(retryAccepts);
        const twinAnswer = await ask(retryAccepts, 'plain');
        expect(retry.replayed).toBe(true);
        expect(retry.status).toBe(first.status);
        expect(retry.header('content-encoding')).toBe(twinAnswer.header('content-encoding'));
        expect(retry.header('content-type')).toBe(first.header('content-type'));
        expect(retry.header('vary')?.toLowerCase()).toBe(twinAnswer.header('vary')?.toLowerCase());
        expect(decoded(retry)).toBe(decoded(first));
      }
      expect(runs).toBe(1);
    }
  });

  it.each(['own', 'own-pieces'])('[B39] encodes what @Res() sent as the retry accepts: %s', async (path) => {
    const key = freshKey();
    const ask = (accept: string) =>
      wire(`${app.url}/kept/${path}`, { key, headers: { 'accept-encoding': accept } });
    const first = await ask('gzip');
    expect(decoded(first)).toBe(TEXT);
    for (const accept of encodings) {
      const retry = await ask(accept);
      expect(retry.replayed).toBe(true);
      if (accept === 'identity') expect(retry.header('content-encoding')).toBeUndefined();
      expect(decoded(retry)).toBe(TEXT);
    }
    expect(runs).toBe(1);
  });

  it('[B39] replays bytes that the handler encoded, with their encoding', async () => {
    const path = `?kind=${encodeURIComponent('encoded by the handler')}`;
    const key = freshKey();
    const headers = { 'accept-encoding': 'gzip' };
    const first = await wire(`${app.url}/kept${path}`, { key, headers });
    const retry = await wire(`${app.url}/kept${path}`, { key, headers });
    expect(first.header('content-encoding')).toBe('gzip');
    expect(contentOf(retry)).toEqual(contentOf(first));
    expect(decoded(retry)).toBe(TEXT);
  });

  it('[B39] leaves alone what must not be transformed', async () => {
    const key = freshKey();
    const headers = { 'accept-encoding': 'gzip' };
    const plain = await wire(`${app.url}/plain/no-transform`, { key, headers });
    const first = await wire(`${app.url}/kept/no-transform`, { key, headers });
    const retry = await wire(`${app.url}/kept/no-transform`, { key, headers });
    expect(contentOf(first)).toEqual(contentOf(plain));
    expect(contentOf(retry)).toEqual(contentOf(plain));
  });

  it('[B40] gives a thousand replays the same answer, whatever they accept', async () => {
    const key = freshKey();
    const ask = (accept: string) =>
      wire(`${app.url}/kept?kind=object`, { key, headers: { 'accept-encoding': accept } });
    const first = await ask('identity');
    for (let batch = 0; batch < 50; batch++) {
      const replays = await Promise.all(
        Array.from({ length: 20 }, (_, i) => ask(encodings[(batch + i) % encodings.length]!)),
      );
      for (const replay of replays) {
        expect(replay.replayed).toBe(true);
        expect(decoded(replay)).toBe(first.text);
      }
    }
    expect(runs).toBe(1);
  }, 60_000);
});

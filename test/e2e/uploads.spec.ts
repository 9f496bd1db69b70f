import multipart from '@fastify/multipart';
import { Controller, Post, Req, type INestApplication, type Type } from '@nestjs/common';
import * as onExpress from '@nestjs/platform-express';
import * as onFastify from '@nestjs/platform-fastify/multipart';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Idempotent } from 'nestjs-idempotency';
import { CountingStore } from '../support/counting-store.js';
import { createApp, send, type Platform, type TestApp } from '../support/create-app.js';
import { file, upload as sendUpload, uploadsWith, type Loose, type Part } from '../support/uploads.js';

let runs = 0;
const directory = mkdtempSync(join(tmpdir(), 'idempotency-uploads-'));
const options = { directory, onRun: () => ++runs };
afterAll(() => rmSync(directory, { recursive: true }));

@Controller('uploads')
class AttachedController {
  @Post(['one', 'any', 'list', 'named', 'none']) @Idempotent() receive(@Req() request: Loose) {
    return { run: ++runs, fields: Object.keys(request.body) };
  }
}

interface Kind {
  readonly name: string;
  readonly platform: Platform;
  readonly controller: Type;
  readonly routes: readonly string[];
  readonly setup?: (app: INestApplication) => Promise<void>;
}

const INTERCEPTORS = ['one', 'disk', 'list', 'named', 'any'];
const attached = (attachFieldsToBody: true | 'keyValues') => async (app: INestApplication) => {
  await (app as NestFastifyApplication).register(multipart as never, { attachFieldsToBody });
};

const KINDS: readonly Kind[] = [
  {
    name: "Nest's interceptors on Express",
    platform: 'express',
    controller: uploadsWith(onExpress, options),
    routes: INTERCEPTORS,
  },
  {
    name: "Nest's interceptors on Fastify",
    platform: 'fastify',
    controller: uploadsWith(onFastify, options),
    routes: INTERCEPTORS,
  },
  {
    name: '@fastify/multipart, attached',
    platform: 'fastify',
    controller: AttachedController,
    routes: ['one', 'any'],
    setup: attached(true),
  },
  {
    name: '@fastify/multipart, key-values',
    platform: 'fastify',
    controller: AttachedController,
    routes: ['one'],
    setup: attached('keyValues'),
  },
];

describe.each(KINDS)('uploads with $name', ({ name, platform, controller, routes, setup }) => {
  const store = new CountingStore();
  let app: TestApp;
  let keys = 0;

  beforeAll(async () => {
    app = await createApp(platform, { controllers: [controller], idempotency: { store }, setup });
  });
  beforeEach(() => {
    runs = 0;
    store.forgetCalls();
  });
  afterAll(() => app.close());

  const upload = (key: string, route: string, ...parts: Part[]) =>
    sendUpload(`${app.url}/uploads/${route}`, key, ...parts);

  const large = new Uint8Array(900_000).map((_, i) => i % 251);
  const largeButOne = large.with(899_999, 255);

  describe.each(routes)('to /%s', (route) => {
    it('[B11] [B12] replays a file that is sent again under another boundary', async () => {
      const key = `again-${route}`;
      const first = await upload(key, route, ['file', file('one')]);
      expect(first.status).toBe(201);
      const retry = await upload(key, route, ['file', file('one')]);
      expect([retry.status, retry.replayed, retry.text]).toEqual([201, true, first.text]);
      expect(retry.headers.get('content-type')).toBe(first.headers.get('content-type'));
      expect(runs).toBe(1);
    });

    it.each([
      ['content', file('one'), file('two')],
      ['one byte at the end', file(large), file(largeButOne)],
      ['length', file('one'), file('one\n')],
      ['no content', file('one'), file('')],
      ['bytes that are not UTF-8', file(new Uint8Array([255])), file(new Uint8Array([254]))],
    ])(
      '[B11] refuses a file with another %s, though nobody knew it before the handler',
      async (_, one, other) => {
        const key = `other-${++keys}`;
        expect((await upload(key, route, ['file', one])).status).toBe(201);
        const retry = await upload(key, route, ['file', other]);
        expect([retry.status, retry.json.code, retry.replayed]).toEqual([
          422,
          'IDEMPOTENCY_KEY_REUSED',
          false,
        ]);
        expect((await upload(key, route, ['file', one])).replayed).toBe(true);
        expect(runs).toBe(1);
      },
    );

    it('[B11] refuses a file for no file, no file for a file, and JSON for either', async () => {
      const key = `absent-${route}`;
      const json = (k: string) => send(`${app.url}/uploads/${route}`, { key: k, json: { file: 'one' } });
      await upload(key, route, ['file', file('one')]);
      expect((await upload(key, route)).status).toBeGreaterThanOrEqual(400);
      expect((await json(key)).status).toBe(422);
      const without = await upload(`${key}-0`, route, ['x', '1']);
      if (without.status === 201) {
        expect((await upload(`${key}-0`, route, ['x', '1'], ['file', file('one')])).status).toBe(422);
        expect((await upload(`${key}-0`, route, ['x', '1'])).replayed).toBe(true);
      }
    });
  });

  const isKeyValues = name.endsWith('key-values');
  it.each([
    ['name', file('one', 'a.txt'), file('one', 'b.txt')],
    ['media type', file('one', 'a', 'text/plain'), file('one', 'a', 'text/html')],
  ])('[B11] refuses a file with another %s where the handler sees it', async (_, one, other) => {
    const key = `described-${++keys}`;
    await upload(key, 'one', ['file', one]);
    const retry = await upload(key, 'one', ['file', other]);
    expect(retry.replayed).toBe(isKeyValues);
    if (!isKeyValues) expect(retry.status).toBe(422);
  });

  it('[B11] compares the fields beside a file, and not their order', async () => {
    const ask = (...fields: Part[]) => upload('fields', 'one', ...fields, ['file', file('one')]);
    expect((await ask(['amount', '1'], ['to', 'ann'])).status).toBe(201);
    expect((await ask(['to', 'ann'], ['amount', '1'])).replayed).toBe(true);
    expect((await ask(['amount', '2'], ['to', 'ann'])).status).toBe(422);
    expect((await ask(['amount', '1'])).status).toBe(422);
    expect((await ask(['amount', '1'], ['to', 'ann'], ['to', 'bob'])).status).toBe(422);
    expect((await ask(['amount', '1'], ['to', 'ann'], ['note', ''])).status).toBe(422);
    expect(runs).toBe(1);
  });

  it('[B11] tells two files from the same two in another order, or in another field', async () => {
    if (!routes.includes('any')) return expect(routes).toEqual(['one']);
    const [one, two] = [file('one', '1'), file('two', '2')];
    expect((await upload('order', 'any', ['file', one], ['file', two])).status).toBe(201);
    expect((await upload('order', 'any', ['file', one], ['file', two])).replayed).toBe(true);
    expect((await upload('order', 'any', ['file', two], ['file', one])).status).toBe(422);
    expect((await upload('order', 'any', ['file', one], ['other', two])).status).toBe(422);
    expect((await upload('order', 'any', ['file', one])).status).toBe(422);
    expect(runs).toBe(1);
  });

  it('[B11] takes no text for a file of the same text', async () => {
    const first = await upload('text', 'one', ['x', 'one'], ['file', file('one')]);
    expect(first.status).toBe(201);
    const retry = await upload('text', 'one', ['x', file('one')], ['file', 'one']);
    expect(retry.replayed).toBe(false);
    expect(runs).toBe(1);
  });

  it('[B11] compares the query of an upload too, and before the files', async () => {
    const ask = (query: string, content: string) => upload('query', `one?${query}`, ['file', file(content)]);
    await ask('amount=1', 'one');
    expect((await ask('amount=2', 'one')).status).toBe(422);
    expect((await ask('amount=1', 'one')).replayed).toBe(true);
  });

  it('[B8] keeps nothing for an upload that was refused, so that the right one runs', async () => {
    const ask = (content: string) => upload('right', 'one', ['file', file(content)]);
    await ask('one');
    expect((await ask('two')).status).toBe(422);
    expect(store.calls.filter((call) => call !== 'acquire')).toEqual(['complete']);
  });
});

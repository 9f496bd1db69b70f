import { Body, Controller, Post } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import express from 'express';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { Idempotent, IdempotencyModule } from 'nestjs-idempotency';
import { createApp, send, type TestApp } from '../support/create-app.js';

let runs = 0;

@Controller('orders')
class OrdersController {
  @Post() @Idempotent() create(@Body() _order: unknown) {
    return { run: ++runs };
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

let opened: TestApp[] = [];
beforeEach(() => {
  runs = 0;
});
afterEach(async () => {
  for (const app of opened) await app.close();
  opened = [];
});

async function openExpress(use: (app: express.Express) => void): Promise<string> {
  const module = await Test.createTestingModule({
    imports: [IdempotencyModule.forRoot()],
    controllers: [OrdersController],
  }).compile();
  const instance = express();
  const options = { logger: false, bodyParser: false } as const;
  const app = module.createNestApplication(new ExpressAdapter(instance), options);
  use(instance);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  opened.push({ app, url: '', close: () => app.close() });
  return `http://127.0.0.1:${port}/orders`;
}

describe("parsers of the application's own on express", () => {
  it.each(['{"a":1}', '{}', '[]', '[0]', '{"a":{}}'])(
    '[B11] [B12] replays %s that was read by express.json()',
    async (body) => {
      const url = await openExpress((app) => app.use(express.json()));
      const ask = (text: string) => send(url, { key: 'own', body: text, headers: JSON_TYPE });
      expect((await ask(body)).status).toBe(201);
      expect((await ask(` ${body} `)).replayed).toBe(true);
      expect((await ask('{"other":1}')).status).toBe(422);
      expect(runs).toBe(1);
    },
  );

  it.each(['null', 'false', '0', '1', '"a"', '""'])(
    '[B11] replays %s that was read without strictness',
    async (body) => {
      const url = await openExpress((app) => app.use(express.json({ strict: false })));
      const ask = (text: string) => send(url, { key: 'own', body: text, headers: JSON_TYPE });
      expect((await ask(body)).status).toBe(201);
      expect((await ask(body)).replayed).toBe(true);
      expect((await ask('{"other":1}')).status).toBe(422);
    },
  );

  it.each([
    ['a text', 'text/plain', 'one', 'two'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1', 'a=2'],
    ['bytes', 'application/octet-stream', '\0\x01', '\0\x02'],
  ])('[B11] tells %s from another one, without raw bytes', async (_, type, one, other) => {
    const url = await openExpress((app) => {
      app.use(express.text(), express.urlencoded({ extended: true }), express.raw());
    });
    const ask = (body: string) => send(url, { key: 'own', body, headers: { 'content-type': type } });
    expect((await ask(one)).status).toBe(201);
    expect((await ask(one)).replayed).toBe(true);
    expect((await ask(other)).status).toBe(422);
    expect(runs).toBe(1);
  });

  it('[B11] refuses a body that was left as a stream', async () => {
    const url = await openExpress((app) =>
      app.use((request, _response, next) => {
        request.body = request.pipe(new PassThrough());
        next();
      }),
    );
    const ask = (body: string) => send(url, { key: 'stream', body, headers: JSON_TYPE });
    for (const body of ['one', 'two']) expect((await ask(body)).status).toBe(415);
    expect(runs).toBe(0);
  });
});

describe("parsers of the application's own on fastify", () => {
  type Parser = (payload: NodeJS.ReadableStream) => unknown;

  async function openFastify(parse: Parser): Promise<string> {
    const app = await createApp('fastify', {
      controllers: [OrdersController],
      setup: (nest) => {
        const fastify = (nest as NestFastifyApplication).getHttpAdapter().getInstance();
        fastify.addContentTypeParser(
          '*',
          (_request: unknown, payload: NodeJS.ReadableStream, done: (e: null, body?: unknown) => void) =>
            done(null, parse(payload)),
        );
      },
    });
    opened.push(app);
    return `${app.url}/orders`;
  }

  it.each([
    ["Node's own request", (payload: NodeJS.ReadableStream) => payload],
    ['a stream', (payload: NodeJS.ReadableStream) => payload.pipe(new PassThrough())],
    ['a web stream', (payload: NodeJS.ReadableStream) => new Response(payload as never).body],
    ['nothing', () => undefined],
  ] as [string, Parser][])('[B11] refuses a body that was left as %s', async (_, parse) => {
    const url = await openFastify(parse);
    for (const body of ['one', 'two']) {
      const answer = await send(url, {
        key: 'stream',
        body,
        headers: { 'content-type': 'application/x-stream' },
      });
      expect([answer.status, answer.json.code]).toEqual([415, 'IDEMPOTENCY_BODY_UNREADABLE']);
    }
    expect(runs).toBe(0);
  });
});

describe('parsers that an adapter was given', () => {
  it('[B13] tells numbers beyond 2^53 apart though the adapter has options of its own', async () => {
    const module = await Test.createTestingModule({
      imports: [IdempotencyModule.forRoot()],
      controllers: [OrdersController],
    }).compile();
    const app = module.createNestApplication(new FastifyAdapter({ bodyLimit: 1_000 }), { logger: false });
    await app.listen(0, '127.0.0.1');
    opened.push({ app, url: '', close: () => app.close() });
    const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/orders`;
    await send(url, { key: 'big', body: '{"a":9007199254740993}', headers: JSON_TYPE });
    expect((await send(url, { key: 'big', body: '{"a":9007199254740992}', headers: JSON_TYPE })).status).toBe(
      422,
    );
    expect(
      (await send(url, { key: 'large', body: `"${'a'.repeat(1_000)}"`, headers: JSON_TYPE })).status,
    ).toBe(413);
  });
});

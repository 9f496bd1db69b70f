import {
  Body,
  Controller,
  ForbiddenException,
  Post,
  type ExecutionContext,
  type LoggerService,
} from '@nestjs/common';
import { Idempotent, type IdempotencyEvent, type IdempotentOptions } from 'nestjs-idempotency';
import { CountingStore } from '../support/counting-store.js';
import { createApp, PLATFORMS, send, type Platform, type TestApp } from '../support/create-app.js';
import { rawRequest } from '../support/raw-request.js';

let runs = 0;

function routeWith(options: IdempotentOptions) {
  @Controller('events')
  class EventsController {
    @Post()
    @Idempotent(options)
    receive(@Body() _event: unknown) {
      return { run: ++runs };
    }
  }
  return EventsController;
}

const bodyOf = (context: ExecutionContext) => context.switchToHttp().getRequest().body;

describe.each(PLATFORMS)('keys from elsewhere on %s', (platform: Platform) => {
  const opened: TestApp[] = [];
  const store = new CountingStore();

  async function open(options: IdempotentOptions, idempotency = {}, logger?: LoggerService) {
    const app = await createApp(platform, {
      controllers: [routeWith(options)],
      idempotency: { store, ...idempotency },
      setup: (nest) => logger && nest.useLogger(logger),
    });
    opened.push(app);
    return app;
  }

  beforeEach(() => {
    runs = 0;
    store.forgetCalls();
  });
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  it.each(['X-Request-Key', 'x-request-key', 'X_Key.1', 'Etag'])(
    '[B5] reads the header %s from the options, in any case, and ignores the default one',
    async (header) => {
      const { url } = await open({}, { header });
      const raw = (...headers: string[]) => rawRequest(url, '/events', headers);
      expect((await raw('Idempotency-Key: k')).json.code).toBe('IDEMPOTENCY_KEY_MISSING');
      expect((await raw('Idempotency-Key: k')).json.detail).toContain(header.toLowerCase());
      expect((await raw(`${header}: one-${header}`)).status).toBe(201);
      expect((await raw(`${header.toUpperCase()}: one-${header}`, 'Idempotency-Key: other')).replayed).toBe(
        true,
      );
      expect((await raw(`${header}: a`, `${header}: b`)).json.code).toBe('IDEMPOTENCY_KEY_INVALID');
      expect((await raw(`${header}: a, b`)).json.code).toBe('IDEMPOTENCY_KEY_INVALID');
      expect(runs).toBe(1);
    },
  );

  it('[B2] writes nothing of a bad key to a log or an event', async () => {
    const seen: unknown[] = [];
    const log = (...parts: unknown[]) => void seen.push(...parts);
    const logger = { log, error: log, warn: log, debug: log, verbose: log, fatal: log };
    const { url } = await open({}, { onEvent: (event: IdempotencyEvent) => seen.push(event) }, logger);
    seen.length = 0;
    for (const key of [
      'spoof\tspoof',
      'spoof\u0085spoof',
      'spoof\u009b31m',
      '"spoof',
      `spoof${'o'.repeat(300)}`,
    ]) {
      expect((await rawRequest(url, '/events', [`Idempotency-Key: ${key}`])).status).toBe(400);
    }
    expect(JSON.stringify(seen)).not.toContain('spoof');
  });

  it('[B7] takes the key from the body, and not from the header', async () => {
    const { url } = await open({ key: (context) => bodyOf(context)?.event });
    const first = await send(`${url}/events`, { json: { event: 'evt_1' } });
    const again = await send(`${url}/events`, { json: { event: 'evt_1' }, key: 'something-else' });
    const other = await send(`${url}/events`, { json: { event: 'evt_2' }, key: 'something-else' });
    expect([first.replayed, again.replayed, other.replayed]).toEqual([false, true, false]);
    expect(runs).toBe(2);
  });

  it('[B7] takes the key from a promise', async () => {
    const { url } = await open({ key: async (context) => bodyOf(context)?.event });
    await send(`${url}/events`, { json: { event: 'evt_async' } });
    expect((await send(`${url}/events`, { json: { event: 'evt_async' } })).replayed).toBe(true);
  });

  it('[B7] takes a given key as it is: quotes, commas and white space are part of it', async () => {
    const { url } = await open({ key: (context) => bodyOf(context).event, fingerprint: () => 'any' });
    const keys = ['raw', '"raw"', ' raw', 'raw ', 'raw,raw', 'raw;a=1'];
    for (const event of keys) expect((await send(`${url}/events`, { json: { event } })).replayed).toBe(false);
    for (const event of keys) expect((await send(`${url}/events`, { json: { event } })).replayed).toBe(true);
    expect(runs).toBe(keys.length);
  });

  it.each([null, undefined])('[B7] takes %s for a missing key', async (value) => {
    const strict = await open({ key: () => value });
    const answer = await send(`${strict.url}/events`, { key: 'in-the-header' });
    expect([answer.status, answer.json.code]).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
    expect(runs).toBe(0);
    const optional = await open({ key: () => value, required: false });
    expect((await send(`${optional.url}/events`, { key: 'in-the-header' })).status).toBe(201);
    expect(runs).toBe(1);
    expect(store.calls).toEqual([]);
  });

  it.each([
    ['an empty string', ''],
    ['a blank string', ' \t'],
    ['256 characters', 'k'.repeat(256)],
    ['a line feed', 'a\nb'],
    ['non-ASCII', 'ключ'],
    ['an object', { id: 1 }],
    ['an object with a toString of its own', { toString: () => 'k' }],
    ['a String object', new String('k')],
    ['an array', ['k']],
    ['a number', 1],
    ['a bigint', 1n],
    ['NaN', NaN],
    ['a symbol', Symbol('k')],
    ['a function', () => 'k'],
    ['true', true],
    ['false', false],
    ['zero', 0],
  ])('[B7] refuses %s for a key, though a key is optional', async (_, value) => {
    const { url } = await open({ key: () => value as string, required: false });
    const answer = await send(`${url}/events`, { key: 'in-the-header' });
    expect([answer.status, answer.json.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
  });

  it.each([
    ['an error', new Error('secret')],
    [
      'a TypeError, as an absent body gives',
      new TypeError("Cannot read properties of undefined (reading 'id')"),
    ],
    ['a string', 'secret'],
    ['null', null],
    ['undefined', undefined],
  ])('[B7] fails closed when the resolver throws %s', async (_, thrown) => {
    const resolvers = [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ];
    for (const key of resolvers) {
      const { url } = await open({ key, required: false });
      const answer = await send(`${url}/events`, { key: 'in-the-header' });
      expect([answer.status, answer.json.code]).toEqual([500, 'IDEMPOTENCY_RESOLVER_FAILED']);
      expect(answer.text).not.toContain('secret');
    }
    expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
  });

  it('[B7] answers with the exception that a resolver throws', async () => {
    const { url } = await open({
      key: () => {
        throw new ForbiddenException('bad signature');
      },
    });
    const answer = await send(`${url}/events`);
    expect([answer.status, answer.json.message]).toEqual([403, 'bad signature']);
    expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
  });
});

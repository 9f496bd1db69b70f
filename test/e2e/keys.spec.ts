import { Body, Controller, Delete, Patch, Post, Put, Query } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { CountingStore } from '../support/counting-store.js';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';
import { rawRequest } from '../support/raw-request.js';

let runs = 0;
const run = () => ({ run: ++runs });

@Controller('orders')
class OrdersController {
  @Post() @Idempotent() create(@Body() _order: unknown) {
    return run();
  }
  @Put() @Idempotent() replace(@Body() _order: unknown) {
    return run();
  }
  @Patch() @Idempotent() change() {
    return run();
  }
  @Delete() @Idempotent() remove(@Query() _query: unknown) {
    return run();
  }
  @Post('optional') @Idempotent({ required: false }) optional() {
    return run();
  }
}

@Controller('carts')
@Idempotent({ required: false })
class CartsController {
  @Post() create() {
    return run();
  }
  @Post('strict') @Idempotent({ required: true }) strict() {
    return run();
  }
}

describe.each(PLATFORMS)('keys on %s', (platform) => {
  const store = new CountingStore();
  let shop: TestApp;
  let orders: string;

  beforeAll(async () => {
    shop = await createApp(platform, {
      controllers: [OrdersController, CartsController],
      idempotency: { store },
    });
    orders = `${shop.url}/orders`;
  });
  beforeEach(() => {
    runs = 0;
    store.forgetCalls();
  });
  afterAll(() => shop.close());

  const raw = (...headers: string[]) => rawRequest(shop.url, '/orders', headers);
  const expectNothingHappened = () => expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('[B1] refuses %s without the required key', async (method) => {
    const answer = await send(orders, { method });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'IDEMPOTENCY_KEY_MISSING', status: 400 });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expectNothingHappened();
  });

  it('[B1] refuses a request without a key where a method takes back what its class allows', async () => {
    expect((await send(`${shop.url}/carts/strict`)).json.code).toBe('IDEMPOTENCY_KEY_MISSING');
    expectNothingHappened();
  });

  it.each(['/orders/optional', '/carts'])(
    '[B1] runs %s without an optional key, and asks the store nothing',
    async (path) => {
      const answers = [await send(shop.url + path), await send(shop.url + path)];
      expect(answers.map(({ status, json }) => [status, json.run])).toEqual([
        [201, 1],
        [201, 2],
      ]);
      expect(store.calls).toEqual([]);
    },
  );

  it('[B1] protects an optional key that is there, and refuses a bad one', async () => {
    const url = `${shop.url}/orders/optional`;
    await send(url, { key: 'optional' });
    expect((await send(url, { key: 'optional' })).replayed).toBe(true);
    expect((await send(url, { key: ' ' })).status).toBe(400);
    expect(runs).toBe(1);
  });

  it.each([
    ['an empty one', ''],
    ['a blank one', '   '],
    ['a blank one with a tab', ' \t '],
    ['an empty string', '""'],
    ['a blank string', '"  "'],
    ['256 characters', 'k'.repeat(256)],
    ['a string of 256 characters', `"${'k'.repeat(256)}"`],
    ['8,000 characters', 'k'.repeat(8_000)],
    ['a tab inside', 'a\tb'],
    ['a tab inside of a string', '"a\tb"'],
    ['Latin-1', 'caf\u00e9'],
    ['a Latin-1 string', '"caf\u00e9"'],
    ['UTF-8 bytes', Buffer.from('ключ').toString('latin1')],
    ['a no-break space', '\u00a0'],
    ['a next-line character', 'a\u0085b'],
  ])('[B2] refuses %s', async (_, key) => {
    const answer = await raw(`Idempotency-Key: ${key}`);
    expect(answer.status).toBe(400);
    expect(answer.json.code).toBe('IDEMPOTENCY_KEY_INVALID');
    if (key.trim() !== '') expect(JSON.stringify(answer.json)).not.toContain(key);
    expectNothingHappened();
  });

  it.each([
    ['NUL', '\0'],
    ['escape', '\x1b[31m'],
    ['delete', '\x7f'],
    ['a bare carriage return', '\r'],
    ['a bare line feed and another header', '\nIdempotency-Key: b'],
  ])('[B2] runs nothing for a key with %s in it', async (_, character) => {
    const answer = await raw(`Idempotency-Key: a${character}c`);
    expect(answer.status).toBe(400);
    expectNothingHappened();
  });

  it.each([
    ['255 characters', 'k'.repeat(255)],
    ['a string of 255 characters', `"${'s'.repeat(255)}"`],
    ['a string of 255 characters that are all escaped', `"${'\\"'.repeat(255)}"`],
    ['one character', '!'],
  ])('[B2] accepts %s', async (_, key) => {
    expect((await raw(`Idempotency-Key: ${key}`)).status).toBe(201);
    expect((await raw(`Idempotency-Key: ${key}`)).replayed).toBe(true);
    expect(runs).toBe(1);
  });

  it.each([
    ['bare', 'same-a', '"same-a"'],
    ['white space around it', 'same-b', ' \t"same-b"\t '],
    ['escaped quotes and backslashes', 'same"c\\', '"same\\"c\\\\"'],
    ['a parameter', '"same-d"', '"same-d";v=1'],
    ['inner spaces', 'same e', '"same e"'],
  ])('[B3] takes a key and its quoted form for one: %s', async (_, first, second) => {
    expect((await raw(`Idempotency-Key: ${first}`)).replayed).toBe(false);
    expect((await raw(`Idempotency-Key: ${second}`)).replayed).toBe(true);
    expect(runs).toBe(1);
  });

  it.each([
    ['case', 'differ-a', 'DIFFER-A'],
    ['a space at the end of a string', 'differ-b', '"differ-b "'],
    ['an escaped quote', 'differ-c', '"\\"differ-c\\""'],
    ['percent-encoding', 'differ d', 'differ%20d'],
    ['what would be a parameter behind a bare key', 'differ-e', 'differ-e;v=1'],
  ])('[B3] takes keys that differ in %s for two', async (_, first, second) => {
    await raw(`Idempotency-Key: ${first}`);
    expect((await raw(`Idempotency-Key: ${second}`)).replayed).toBe(false);
    expect(runs).toBe(2);
  });

  it.each(['"k', '"', '"k\\', '"k\\n"', '"k"x', '"k" "k"', '"k";', '"k";=1', '"a"b"'])(
    '[B3] refuses the broken string %s',
    async (key) => {
      const answer = await raw(`Idempotency-Key: ${key}`);
      expect([answer.status, answer.json.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
      expectNothingHappened();
    },
  );

  it.each([
    ['twice', ['Idempotency-Key: a', 'Idempotency-Key: b']],
    ['twice with one value', ['Idempotency-Key: a', 'Idempotency-Key: a']],
    ['twice in different case', ['idempotency-key: a', 'IDEMPOTENCY-KEY: a']],
    ['twice, once empty', ['Idempotency-Key: a', 'Idempotency-Key:']],
    ['twice, first empty', ['Idempotency-Key:', 'Idempotency-Key: a']],
    ['as two halves of a string', ['Idempotency-Key: "a', 'Idempotency-Key: b"']],
    ['far apart', ['Idempotency-Key: a', 'X-Other: 1', 'Idempotency-Key: a']],
    ['as a list', ['Idempotency-Key: a, b']],
    ['as a list of strings', ['Idempotency-Key: "a", "b"']],
    ['as a list of one and nothing', ['Idempotency-Key: a,']],
    ['as a list of strings with parameters', ['Idempotency-Key: "a";x=1,"b"']],
  ])('[B4] refuses the key %s', async (_, headers) => {
    const answer = await raw(...headers);
    expect([answer.status, answer.json.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    expectNothingHappened();
  });

  it('[B4] never takes two headers for the key that they are when they are joined', async () => {
    await raw('Idempotency-Key: "joined, key"');
    const answer = await raw('Idempotency-Key: "joined', 'Idempotency-Key: key"');
    expect(answer.status).toBe(400);
    expect(runs).toBe(1);
  });

  it('[B5] reads the header in any case', async () => {
    const spellings = ['Idempotency-Key', 'idempotency-key', 'IDEMPOTENCY-KEY', 'iDeMpOtEnCy-KeY'];
    const answers = [];
    for (const name of spellings) answers.push(await raw(`${name}: any-case`));
    expect(answers.map(({ replayed }) => replayed)).toEqual([false, true, true, true]);
    expect(runs).toBe(1);
  });

  it('[B6] keeps keys apart that mean something elsewhere, and shows none of them to the store', async () => {
    const keys = [
      ...[
        ':',
        '::',
        'a:b',
        'a::b',
        ':a:b',
        '/',
        '/../',
        '%',
        '%25',
        '{',
        '}',
        '{}',
        '{a}',
        '{a}b',
        '*',
        '?',
        '[a]',
      ],
      ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'],
      ...[
        'null',
        'undefined',
        'NaN',
        '0',
        '-0',
        '00',
        'true',
        '$',
        '${a}',
        '#',
        "'",
        ';',
        '\\',
        '|',
        '`',
        '~',
        '<',
        '&',
      ],
      ...['a b', 'a  b', 'a+b', 'a%20b', 'KEYS', "'; DROP TABLE", '../a', 'a/b', 'a.b', 'a_b', 'a-b'],
    ];
    for (const key of keys) expect([key, (await raw(`Idempotency-Key: ${key}`)).status]).toEqual([key, 201]);
    for (const key of keys)
      expect([key, (await raw(`Idempotency-Key: ${key}`)).replayed]).toEqual([key, true]);
    expect(runs).toBe(keys.length);
    expect(new Set(store.claims.map(({ id }) => id)).size).toBe(keys.length);
    for (const { id } of store.claims) expect(id).toMatch(/^[\w-]{43}$/);
  });
});

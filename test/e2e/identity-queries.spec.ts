import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Controller, Post, Query } from '@nestjs/common';
import type { AddressInfo } from 'node:net';
import { Idempotent, IdempotencyModule } from 'nestjs-idempotency';
import { PLATFORMS } from '../support/create-app.js';
import { createEchoApp, type EchoApp } from '../support/echo-app.js';
import { rawRequest } from '../support/raw-request.js';
import { Seeded } from '../unit/http/seeded.js';

const ANOTHER_QUESTION = [
  ['amount=1', 'amount=2'],
  ['amount=1', ''],
  ['a=', ''],
  ['a=1', 'a=1&b='],
  ['a=1', 'A=1'],
  ['a=1', 'a=1&a=1'],
  ['a=1&a=2', 'a=2&a=1'],
  ['a=1&b=2', 'a=2&b=1'],
  ['a=1&b=2', 'a=1%26b=2'],
  ['a=b%26c=d', 'a=b&c=d'],
  ['a%3D1=', 'a=1'],
  ['a=1+2', 'a=1%2B2'],
  ['a[]=1&a[]=2', 'a[]=2&a[]=1'],
  ['a[]=1', 'a=1'],
  ['a[0]=1&a[1]=2', 'a[0]=2&a[1]=1'],
  ['a[b]=1', 'a[c]=1'],
  ['a=1&a[b]=2', 'a[b]=2&a=1'],
  ['a=%ff', 'a=%fe'],
  ['a=%zz', 'a=%25zz'],
  ['a=9007199254740993', 'a=9007199254740992'],
  ['__proto__=1', '__proto__=2'],
  ['a=%00', 'a='],
  ['a=%20', 'a='],
  ['a=1?b=2', 'a=1&b=2'],
] as const;

const SAME_QUESTION = [
  ['a=1&b=2', 'b=2&a=1'],
  ['a=1&b=2&a=3', 'b=2&a=1&a=3'],
  ['a=%31', 'a=1'],
  ['%61=1', 'a=1'],
  ['a=b+c', 'a=b%20c'],
  ['a=%c3%a9', 'a=%C3%A9'],
  ['a', 'a='],
  ['a=1&', 'a=1'],
  ['&a=1', 'a=1'],
  ['a=1&&b=2', 'b=2&a=1'],
  ['a[b]=1&a[c]=2', 'a%5Bc%5D=2&a%5Bb%5D=1'],
  ['', '&'],
] as const;

describe.each(PLATFORMS)('queries on %s', (platform) => {
  let echo: EchoApp;
  let keys = 0;

  beforeAll(async () => {
    echo = await createEchoApp(platform);
  });
  afterAll(() => echo.close());

  const ask = (key: string, query: string) =>
    echo.ask(key, { target: query === '' ? '/echo' : `/echo?${query}` });

  it.each(ANOTHER_QUESTION)('[B11] takes ?%s and ?%s for two questions', async (one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const key = `other-${++keys}`;
      expect((await ask(key, first)).status).toBe(201);
      const retry = await ask(key, second);
      expect([retry.status, retry.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
  });

  it.each(SAME_QUESTION)('[B12] takes ?%s and ?%s for one question', async (one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const key = `same-${++keys}`;
      expect((await ask(key, first)).status).toBe(201);
      expect((await ask(key, second)).replayed).toBe(true);
    }
  });

  it('[B12] takes an empty query for none', async () => {
    await echo.ask('empty', { target: '/echo?' });
    expect((await echo.ask('empty', { target: '/echo' })).replayed).toBe(true);
  });

  it.each([
    '/echo#amount=',
    '/echo#?amount=',
    '/echo?#amount=',
    '/echo/?amount=',
    '/echo?x=1#amount=',
    '/ECHO?amount=',
  ])('[B11] never takes two amounts behind %s for one where the handler sees them', async (target) => {
    const key = `delimiter-${++keys}`;
    const first = await echo.ask(key, { target: `${target}1` });
    if (first.status !== 201) return;
    const second = await echo.ask(key, { target: `${target}2` });
    if (JSON.stringify(first.json.query).includes('1')) expect(second.replayed).toBe(false);
  });

  it('[B11] replays only where the handler would see the same query: 300 random pairs', async () => {
    const random = new Seeded(11);
    const pieces = [
      'a',
      'b',
      'a',
      '[',
      ']',
      '[]',
      '[0]',
      '[1]',
      '[b]',
      '%5B',
      '%5D',
      '=',
      '=',
      '&',
      '&',
      '1',
      '2',
      '+',
      '%20',
      '%',
      ';',
      '.',
      ',',
    ];
    const query = () => Array.from({ length: 3 + random.int(9) }, () => random.pick(pieces)).join('');
    const shuffled = (text: string) => random.shuffle(text.split('&')).join('&');
    const changed = (text: string) => text.replace('=1', '=2');
    for (let round = 0; round < 300; round++) {
      const one = query();
      const other = random.pick([shuffled, changed, query])(one);
      const key = `random-${round}`;
      await ask(key, one);
      const second = await ask(key, other);
      if (!second.replayed) continue;
      const truth = await ask(`${key}-truth`, other);
      expect([one, other, second.json.query]).toEqual([one, other, truth.json.query]);
    }
  });
});

describe('queries on fastify with useSemicolonDelimiter', () => {
  it('[B11] takes notice of a query behind a semicolon', async () => {
    @Controller('echo')
    class EchoController {
      @Post()
      @Idempotent()
      echo(@Query() query: unknown) {
        return { query };
      }
    }
    const module = await Test.createTestingModule({
      imports: [IdempotencyModule.forRoot()],
      controllers: [EchoController],
    }).compile();
    const adapter = new FastifyAdapter({ routerOptions: { useSemicolonDelimiter: true } as object });
    const app = module.createNestApplication(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
    const ask = (target: string) => rawRequest(url, target, ['Idempotency-Key: semicolon']);
    try {
      expect((await ask('/echo;amount=1')).json).toEqual({ query: { amount: '1' } });
      expect((await ask('/echo;amount=2')).status).toBe(422);
      expect((await ask('/echo;amount=1')).replayed).toBe(true);
    } finally {
      await app.close();
    }
  });
});

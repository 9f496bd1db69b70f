import { BadRequestException, Controller, Post, type ExecutionContext } from '@nestjs/common';
import { PassThrough } from 'node:stream';
import {
  Idempotent,
  MemoryStore,
  type IdempotencyModuleOptions,
  type IdempotentOptions,
} from 'nestjs-idempotency';
import { CountingStore } from '../support/counting-store.js';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

let runs = 0;

function routeWith(options: IdempotentOptions) {
  @Controller('orders')
  class OrdersController {
    @Post([':id', '']) @Idempotent(options) create() {
      return { run: ++runs };
    }
  }
  return OrdersController;
}

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest();
const [OLD, NEW, NEXT] = [
  'an old secret of the test',
  'a new secret of the test',
  'the next secret of the test',
];

describe.each(PLATFORMS)('the fingerprint on %s', (platform) => {
  const opened: TestApp[] = [];

  async function open(
    fingerprint: IdempotentOptions['fingerprint'],
    idempotency: IdempotencyModuleOptions = {},
  ) {
    const app = await createApp(platform, { controllers: [routeWith({ fingerprint })], idempotency });
    opened.push(app);
    return `${app.url}/orders`;
  }

  beforeEach(() => {
    runs = 0;
  });
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  it('[B15] compares only what the option picks', async () => {
    const url = await open((context) => requestOf(context).body.amount);
    const ask = (json: object, path = '') => send(url + path, { key: 'picked', json });
    await ask({ amount: 1, at: 'noon' });
    expect((await ask({ amount: 1, at: 'night' })).replayed).toBe(true);
    expect((await ask({ amount: 1 }, '?sent=2')).replayed).toBe(true);
    expect((await ask({ amount: 2, at: 'noon' })).status).toBe(422);
    expect((await ask({ amount: '1' })).status).toBe(422);
    expect((await ask({})).status).toBe(422);
    expect(runs).toBe(1);
  });

  it('[B15] compares all but what the option leaves out', async () => {
    const url = await open(async (context) => {
      const { at: _, ...body } = requestOf(context).body;
      return body;
    });
    const ask = (json: object) => send(url, { key: 'left-out', json });
    await ask({ amount: 1, to: 'ann', at: 'noon' });
    expect((await ask({ at: 'night', to: 'ann', amount: 1 })).replayed).toBe(true);
    expect((await ask({ amount: 1, to: 'bob', at: 'noon' })).status).toBe(422);
    expect((await ask({ amount: 1, to: 'ann', note: '', at: 'noon' })).status).toBe(422);
  });

  it('[B15] keeps what routes a request in its identity, whatever the option picks', async () => {
    const url = await open(() => 'all the same');
    const answers = [await send(`${url}/1`, { key: 'routed' }), await send(`${url}/2`, { key: 'routed' })];
    expect(answers.map(({ replayed }) => replayed)).toEqual([false, false]);
  });

  it('[B15] reads a body that no parser read where the option leaves it out', async () => {
    const url = await open((context) => requestOf(context).headers['content-type'] ?? null);
    const ask = (body: string) =>
      send(url, { key: 'unparsed', body, headers: { 'content-type': 'text/plain' } });
    expect((await ask('one')).status).toBe(201);
    expect((await ask('two')).replayed).toBe(true);
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;
  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a symbol in a list', [Symbol('a')]],
    ['a value that contains itself', circular],
    ['a promise in an object', { body: Promise.resolve(1) }],
    ['a map with a function', new Map([['a', () => 1]])],
    ['a weak map', new WeakMap()],
    ['a regular expression', /a/],
    ['a stream', new PassThrough()],
    ['a stream in a list', [new PassThrough()]],
    ['an error', new Error('a')],
    [
      'an object whose toJSON throws',
      {
        toJSON: () => {
          throw new Error('secret');
        },
      },
    ],
    [
      'an object with a getter that throws',
      {
        get a() {
          throw new Error('secret');
        },
      },
    ],
  ])('[B15] fails closed when the option gives %s', async (_, value) => {
    const store = new CountingStore();
    const url = await open(() => value, { store });
    const answer = await send(url, { key: 'nonsense' });
    expect([answer.status, answer.json.code]).toEqual([500, 'IDEMPOTENCY_RESOLVER_FAILED']);
    expect(answer.text).not.toContain('secret');
    expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
  });

  it('[B15] fails closed when the option throws or rejects, and answers with the exception it throws', async () => {
    const store = new CountingStore();
    const failures: [() => unknown, number][] = [
      [
        () => {
          throw new TypeError('secret');
        },
        500,
      ],
      [() => Promise.reject(new Error('secret')), 500],
      [() => Promise.reject(), 500],
      [
        () => {
          throw new BadRequestException('which one?');
        },
        400,
      ],
    ];
    for (const [fingerprint, status] of failures) {
      const answer = await send(await open(fingerprint, { store }), { key: 'thrown' });
      expect(answer.status).toBe(status);
      expect(answer.text).not.toContain('secret');
    }
    expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
  });

  it.each([
    ['the first secret is set', undefined, OLD],
    ['a secret is rotated', OLD, [NEW, OLD]],
    ['a rotated one is dropped at last', [NEW, OLD], NEW],
    ['the old version is still deployed beside', [OLD, NEW], [NEW, OLD]],
    ['a secret is rotated twice', OLD, [NEXT, NEW, OLD]],
  ] as [string, string | string[] | undefined, string | string[]][])(
    '[B15] replays, and still sees a mismatch, after %s',
    async (_, before, after) => {
      const store = new MemoryStore();
      const json = { amount: 1 };
      const old = await open(undefined, { store, secret: before });
      const first = await send(old, { key: 'rotated', json });
      const fresh = await open(undefined, { store, secret: after });
      const retry = await send(fresh, { key: 'rotated', json });
      expect([retry.status, retry.replayed, retry.text]).toEqual([201, true, first.text]);
      expect((await send(fresh, { key: 'rotated', json: { amount: 2 } })).status).toBe(422);
      expect(runs).toBe(1);
    },
  );

  it('[B15] runs nothing, and calls nothing a mismatch, when the secret of a record is not known any more', async () => {
    const store = new MemoryStore();
    const json = { amount: 1 };
    await send(await open(undefined, { store, secret: OLD }), { key: 'forgotten', json });
    const retry = await send(await open(undefined, { store, secret: NEW }), { key: 'forgotten', json });
    expect([retry.status, retry.json.code]).toEqual([503, 'IDEMPOTENCY_RECORD_UNREADABLE']);
    expect(retry.headers.get('retry-after')).toBe('1');
    expect(runs).toBe(1);
  });

  it('[B15] keeps fingerprints that say neither the body nor the secret, and differ between secrets', async () => {
    const kept: string[] = [];
    for (const secret of [undefined, OLD, NEW]) {
      const store = new CountingStore();
      await send(await open(undefined, { store, secret }), { key: 'k', json: { card: '4242' } });
      kept.push(...store.claims.map(({ fingerprint }) => fingerprint));
    }
    expect(new Set(kept).size).toBe(3);
    for (const fingerprint of kept) expect(fingerprint).toMatch(/^\d+\.[0-9a-f]{8}\.[\w-]{43}$/);
  });
});

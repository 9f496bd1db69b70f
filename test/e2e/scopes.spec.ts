import { Body, Controller, Post, UnauthorizedException, type ExecutionContext } from '@nestjs/common';
import { Idempotent, type IdempotencyModuleOptions, type Scope } from 'nestjs-idempotency';
import { CountingStore } from '../support/counting-store.js';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

let runs = 0;

function ordersWith(scope?: Scope) {
  @Controller('orders')
  class OrdersController {
    @Post()
    @Idempotent({ scope })
    create(@Body() order: unknown) {
      return { run: ++runs, order };
    }
  }
  return OrdersController;
}

/** What a guard or middleware of the application would do. */
let user: unknown;
const authenticate = {
  canActivate: (context: ExecutionContext) => {
    context.switchToHttp().getRequest().user = user;
    return true;
  },
};

/** Everything that is not plainly a name. */
const NONSENSE: [string, unknown][] = [
  ['an empty string', ''],
  ['an object', { id: 'ann' }],
  ['an empty object', {}],
  ['an object with a toString', { toString: () => 'ann' }],
  ['a String object', new String('ann')],
  ['an array', ['ann']],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['a fraction', 1.5],
  ['an integer beyond 2^53', 2 ** 53],
  ['true', true],
  ['false', false],
  ['a symbol', Symbol('ann')],
  ['a function', () => 'ann'],
  ['a date', new Date(0)],
  ['a string of 1,025 characters', 'a'.repeat(1_025)],
];

describe.each(PLATFORMS)('scopes on %s', (platform) => {
  const opened: TestApp[] = [];
  const store = new CountingStore();

  async function open(scope: Scope | undefined, options: IdempotencyModuleOptions = {}): Promise<string> {
    const app = await createApp(platform, {
      controllers: [ordersWith(scope)],
      idempotency: { store, ...options },
      setup: (nest) => void nest.useGlobalGuards(authenticate),
    });
    opened.push(app);
    return `${app.url}/orders`;
  }

  async function expectFailsClosed(url: string, code: string, headers: Record<string, string> = {}) {
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = await send(url, { key: 'closed', json: {}, headers });
      expect([answer.status, answer.json.code]).toEqual([500, code]);
    }
    expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
  }

  beforeEach(() => {
    runs = 0;
    user = undefined;
    store.forgetCalls();
  });
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  it.each([
    ['scope', (scope: () => never) => open(scope)],
    ['principal', (principal: () => never) => open('user', { principal })],
    ['tenant', (tenant: () => never) => open('tenant', { tenant })],
  ])(
    '[B16] runs nothing and locks nothing when `%s` gives nonsense, throws or rejects',
    async (_, openWith) => {
      let give: () => unknown = () => undefined;
      const url = await openWith((() => give()) as () => never);
      const failures: [string, () => unknown][] = [
        ...NONSENSE.flatMap(([name, value]): [string, () => unknown][] => [
          [name, () => value],
          [`a promise of ${name}`, () => Promise.resolve(value)],
        ]),
        ['a rejection', () => Promise.reject(new Error('secret'))],
        ['a rejection with nothing', () => Promise.reject()],
        [
          'a thenable that rejects',
          () => ({ then: (_: unknown, reject: (e: Error) => void) => reject(new Error('secret')) }),
        ],
        [
          'a throw',
          () => {
            throw new Error('secret');
          },
        ],
        [
          'a throw of null',
          () => {
            throw null;
          },
        ],
        [
          'a throw of a string',
          () => {
            throw 'secret';
          },
        ],
      ];
      for (const [name, failing] of failures) {
        give = failing;
        const answer = await send(url, { key: 'nonsense', json: {} });
        expect([name, answer.status, answer.json.code]).toEqual([name, 500, 'IDEMPOTENCY_RESOLVER_FAILED']);
        expect(answer.text).not.toContain('secret');
        expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
      }
      give = () => 'ann';
      expect((await send(url, { key: 'nonsense', json: {} })).status).toBe(201);
    },
  );

  it.each([
    ['undefined', undefined],
    ['null', null],
  ])('[B16] runs nothing when `scope` gives %s', async (_, value) => {
    await expectFailsClosed(await open(() => value as never), 'IDEMPOTENCY_RESOLVER_FAILED');
    await expectFailsClosed(await open(async () => value as never), 'IDEMPOTENCY_RESOLVER_FAILED');
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
  ])('[B16] runs nothing when `tenant` gives %s', async (_, value) => {
    await expectFailsClosed(await open('tenant', { tenant: () => value }), 'IDEMPOTENCY_CALLER_UNRESOLVED');
  });

  it('[B16] answers with the exception that a resolver throws', async () => {
    const refuse = () => {
      throw new UnauthorizedException('no session');
    };
    for (const url of [await open(refuse), await open('user', { principal: refuse })]) {
      const answer = await send(url, { key: 'thrown', json: {} });
      expect([answer.status, answer.json.message]).toEqual([401, 'no session']);
    }
    expect({ runs, calls: store.calls }).toEqual({ runs: 0, calls: [] });
  });

  it.each(NONSENSE)('[B16] runs nothing when the id of the user is %s', async (_, id) => {
    user = { id };
    await expectFailsClosed(await open('user'), 'IDEMPOTENCY_RESOLVER_FAILED');
  });

  it.each([
    ['an empty object', {}],
    ['an object without an id', { email: 'ann@example.com' }],
    ['an object whose ids are null', { id: null, sub: undefined }],
    ['a string', 'ann'],
    ['true', true],
    ['an array', ['ann']],
  ])('[B16] runs nothing when the user is %s', async (_, value) => {
    user = value;
    await expectFailsClosed(await open('user'), 'IDEMPOTENCY_CALLER_UNRESOLVED');
  });

  it.each([
    { cookie: 'session=ann' },
    { cookie: '' },
    { authorization: 'Bearer ann' },
    { authorization: '' },
    { 'proxy-authorization': 'Basic YW5u' },
    { 'x-api-key': 'ann' },
    { 'api-key': 'ann' },
    { apikey: 'ann' },
    { 'x-auth-token': 'ann' },
    { 'x-access-token': 'ann' },
    { 'x-session-token': 'ann' },
    { 'x-session-id': 'ann' },
    { 'x-user-id': 'ann' },
    { 'x-forwarded-user': 'ann' },
    { 'x-forwarded-access-token': 'ann' },
    { 'x-amzn-oidc-identity': 'ann' },
    { 'x-goog-iap-jwt-assertion': 'ann' },
    { 'cf-access-jwt-assertion': 'ann' },
    { 'x-forwarded-client-cert': 'ann' },
  ] as Record<string, string>[])(
    '[B8] [B16] runs nothing for credentials %j of nobody known',
    async (headers) => {
      await expectFailsClosed(await open('user'), 'IDEMPOTENCY_CALLER_UNRESOLVED', headers);
    },
  );

  it('[B16] lets `principal` answer for credentials that the guards leave alone', async () => {
    const principal = (context: ExecutionContext) => context.switchToHttp().getRequest().headers['x-api-key'];
    const url = await open('user', { principal });
    const ask = (apiKey: string) =>
      send(url, { key: 'by-api-key', json: {}, headers: { 'x-api-key': apiKey } });
    expect([(await ask('ann')).replayed, (await ask('bob')).replayed, (await ask('ann')).replayed]).toEqual([
      false,
      false,
      true,
    ]);
    expect(runs).toBe(2);
  });

  it('[B16] does not take a `principal` that gives nothing for an anonymous caller when there are credentials', async () => {
    const url = await open('user', { principal: () => undefined });
    await expectFailsClosed(url, 'IDEMPOTENCY_CALLER_UNRESOLVED', { cookie: 'session=ann' });
    user = { id: 'ann' };
    await expectFailsClosed(url, 'IDEMPOTENCY_CALLER_UNRESOLVED');
  });
});

import { Body, Controller, Injectable, Post, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Idempotent, type IdempotencyModuleOptions } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

let runs = 0;
const entered = new EventEmitter();

@Controller('orders')
class OrdersController {
  @Post() @Idempotent() create(@Body() order: unknown) {
    return { run: ++runs, order };
  }
  @Post('slow') @Idempotent() async slow() {
    entered.emit('run');
    await once(entered, 'finish');
    return { run: ++runs };
  }
  @Post('tenant') @Idempotent({ scope: 'tenant' }) forTenant() {
    return { run: ++runs };
  }
  @Post('public') @Idempotent({ scope: 'public' }) forAll() {
    return { run: ++runs };
  }
  @Post('custom')
  @Idempotent({ scope: (context) => context.switchToHttp().getRequest().headers['x-space'] as string })
  custom() {
    return { run: ++runs };
  }
}

const SECRET = 'of the test only';
const sign = (payload: string) => createHmac('sha256', SECRET).update(payload).digest('base64url');

/** A token as real ones are: other text each time it is issued, the same claims in it. */
let issued = 0;
function bearer(claims: Record<string, unknown>) {
  const payload = Buffer.from(JSON.stringify({ ...claims, jti: ++issued })).toString('base64url');
  return { authorization: `Bearer ${payload}.${sign(payload)}` };
}

@Injectable()
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const [payload = '', signature] = (request.headers.authorization ?? '').replace('Bearer ', '').split('.');
    if (payload === '') return true;
    if (signature !== sign(payload)) return false;
    request.user = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return true;
  }
}

describe.each(PLATFORMS)('callers on %s', (platform) => {
  const opened: TestApp[] = [];

  async function open(idempotency: IdempotencyModuleOptions = {}): Promise<string> {
    const app = await createApp(platform, {
      controllers: [OrdersController],
      idempotency,
      setup: (nest) => void nest.useGlobalGuards(new TokenGuard()),
    });
    opened.push(app);
    return `${app.url}/orders`;
  }

  beforeEach(() => {
    runs = 0;
  });
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  it('[B8] runs for each of two users with one key and one body, and answers each with their own', async () => {
    const url = await open();
    const ask = (id: string) => send(url, { key: 'shared', json: { sku: 'tea' }, headers: bearer({ id }) });
    const [ann, bob, annAgain, bobAgain] = [
      await ask('ann'),
      await ask('bob'),
      await ask('ann'),
      await ask('bob'),
    ];
    expect([ann.json.run, bob.json.run]).toEqual([1, 2]);
    expect([ann.replayed, bob.replayed, annAgain.replayed, bobAgain.replayed]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect([annAgain.bytes, bobAgain.bytes]).toEqual([ann.bytes, bob.bytes]);
    expect(runs).toBe(2);
  });

  it('[B8] tells a user nothing of what another one sent under the key', async () => {
    const url = await open();
    await send(url, { key: 'shared', json: { note: 'for ann only' }, headers: bearer({ id: 'ann' }) });
    const other = await send(url, { key: 'shared', json: { note: 'mine' }, headers: bearer({ id: 'bob' }) });
    expect(other.status).toBe(201);
    expect(other.text).not.toContain('ann');
  });

  it('[B8] is not in the way of another user while the first one runs', async () => {
    const url = await open();
    const ask = (id: string) => send(`${url}/slow`, { key: 'in-flight', headers: bearer({ id }) });
    const running = [];
    for (const id of ['ann', 'bob']) {
      const run = once(entered, 'run');
      running.push(ask(id));
      await run;
    }
    expect((await ask('ann')).status).toBe(409);
    entered.emit('finish');
    const answers = await Promise.all(running);
    expect(answers.map(({ status, json }) => [status, json.run]).sort()).toEqual([
      [201, 1],
      [201, 2],
    ]);
  });

  it('[B8] takes neither an anonymous caller for a user nor the other way round', async () => {
    const url = await open();
    const users = [
      {},
      bearer({ id: 'public' }),
      bearer({ id: 'user' }),
      bearer({ id: 'undefined' }),
      bearer({ id: 'null' }),
    ];
    for (const headers of users)
      expect((await send(url, { key: 'k', json: {}, headers })).replayed).toBe(false);
    for (const headers of users)
      expect((await send(url, { key: 'k', json: {}, headers })).replayed).toBe(true);
    expect(runs).toBe(users.length);
  });

  it.each(['id', 'sub', 'userId'])('[B8] takes the user from the claim %s', async (claim) => {
    const url = await open();
    const ask = (id: string) => send(url, { key: 'claims', json: {}, headers: bearer({ [claim]: id }) });
    expect([(await ask('ann')).replayed, (await ask('bob')).replayed, (await ask('ann')).replayed]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it.each([
    ['case', 'ann', 'ANN'],
    ['white space', 'ann', 'ann '],
    ['Unicode normalisation', 'é', 'e\u0301'],
    ['a NUL', 'ann', 'ann\0'],
    ['lone surrogates', '\ud800', '\ud801'],
    ['a leading zero', '1', '01'],
    ['digits beyond 2^53', '9007199254740993', '9007199254740992'],
  ])('[B8] takes ids that differ in %s for two users', async (_, one, other) => {
    const url = await open();
    const ask = (id: string) => send(url, { key: 'ids', json: {}, headers: bearer({ id }) });
    expect([(await ask(one)).replayed, (await ask(other)).replayed, (await ask(one)).replayed]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('[B9] takes a number and its text for one user, also when it is 0', async () => {
    const url = await open();
    for (const id of [7, 0]) {
      const ask = (claim: unknown) =>
        send(url, { key: 'number', json: { id }, headers: bearer({ id: claim }) });
      expect([(await ask(id)).replayed, (await ask(String(id))).replayed]).toEqual([false, true]);
    }
  });

  it('[B9] replays after the token was refreshed, and in another session of the user', async () => {
    const url = await open();
    const ask = (headers: Record<string, string>) => send(url, { key: 'refreshed', json: {}, headers });
    const first = await ask(bearer({ id: 'ann', exp: 1 }));
    const refreshed = await ask(bearer({ id: 'ann', exp: 2, roles: ['buyer'] }));
    const elsewhere = await ask({ ...bearer({ id: 'ann' }), cookie: 'session=2', 'user-agent': 'other/1.0' });
    expect([first.replayed, refreshed.replayed, elsewhere.replayed]).toEqual([false, true, true]);
    expect(elsewhere.bytes).toEqual(first.bytes);
    expect(runs).toBe(1);
  });

  it('[B9] replays whatever came and went in headers that are of the attempt', async () => {
    const url = await open();
    const ask = (headers: Record<string, string>) => send(url, { key: 'headers', json: {}, headers });
    await ask({ traceparent: '00-1-1-00', 'x-request-id': '1', accept: '*/*', 'accept-language': 'de' });
    const retry = await ask({ traceparent: '00-2-2-00', 'x-request-id': '2', 'x-forwarded-for': '10.0.0.1' });
    expect(retry.replayed).toBe(true);
  });

  it('[B8] runs for each of two tenants, and once for all users of a tenant', async () => {
    const url = await open();
    const ask = (id: string, tenantId: unknown) =>
      send(`${url}/tenant`, { key: 'tenants', headers: bearer({ id, tenantId }) });
    expect((await ask('ann', 'acme')).replayed).toBe(false);
    expect((await ask('bob', 'acme')).replayed).toBe(true);
    expect((await ask('ann', 'initech')).replayed).toBe(false);
    expect((await ask('ann', undefined)).status).toBe(500);
    expect(runs).toBe(2);
  });

  it('[B8] keeps a tenant, a user, a custom scope and everyone apart, whatever their names', async () => {
    const routes = [`/tenant`, '', '/public', '/custom'];
    const url = await open();
    const headers = { ...bearer({ id: 'x', tenantId: 'x' }), 'x-space': 'x' };
    for (const route of routes)
      expect((await send(url + route, { key: 'apart', headers })).replayed).toBe(false);
    expect(runs).toBe(routes.length);
  });

  it('[B6] finds no collision between scope `a:b` with key `c` and scope `a` with key `b:c`', async () => {
    const url = await open();
    const spaces = [
      ['a:b', 'c'],
      ['a', 'b:c'],
      ['a:b:c', 'c'],
      ['a::b', 'c'],
      ['a', 'b::c'],
      ['a/b', 'c'],
      ['a', 'b/c'],
      ['a', ':b:c'],
      ['a:', 'b:c'],
      ['ab', 'c'],
      ['a', 'bc'],
    ];
    for (const [space, key] of spaces) {
      const answer = await send(`${url}/custom`, { key, headers: { 'x-space': space! } });
      expect([space, key, answer.replayed]).toEqual([space, key, false]);
    }
    expect(runs).toBe(spaces.length);
  });

  it('[B8] shares a key among all callers only where the route says so', async () => {
    const url = await open();
    const ask = (headers: Record<string, string>) => send(`${url}/public`, { key: 'all', headers });
    expect((await ask(bearer({ id: 'ann' }))).replayed).toBe(false);
    expect((await ask(bearer({ id: 'bob' }))).replayed).toBe(true);
    expect((await ask({ cookie: 'session=1' })).replayed).toBe(true);
  });

  it('[B8] lets `principal` and `tenant` say who it is, asynchronously and instead of request.user', async () => {
    const header = (name: string) => async (context: ExecutionContext) =>
      context.switchToHttp().getRequest().headers[name] as string;
    const url = await open({ principal: header('x-principal'), tenant: header('x-tenant') });
    const ask = (path: string, headers: Record<string, string>) =>
      send(url + path, {
        key: 'resolved',
        headers: { ...bearer({ id: 'same', tenantId: 'same' }), ...headers },
      });
    for (const [path, name] of [
      ['', 'x-principal'],
      ['/tenant', 'x-tenant'],
    ] as const) {
      expect((await ask(path, { [name]: 'a' })).replayed).toBe(false);
      expect((await ask(path, { [name]: 'b' })).replayed).toBe(false);
      expect((await ask(path, { [name]: 'a' })).replayed).toBe(true);
    }
    expect(runs).toBe(4);
  });
});

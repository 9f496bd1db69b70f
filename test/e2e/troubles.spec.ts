import { Controller, Post } from '@nestjs/common';
import { Idempotent, MemoryStore, type IdempotencyModuleOptions } from 'nestjs-idempotency';
import { FaultyStore } from 'nestjs-idempotency/testing';
import { logger } from '../../lib/idempotency.logger.js';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

@Controller('orders')
class OrdersController {
  @Post()
  @Idempotent()
  create() {
    return { ok: true };
  }
}

describe.each(PLATFORMS)('what an operator has to know, on %s', (platform) => {
  let app: TestApp;
  let warnings: string[];

  beforeEach(() => {
    warnings = [];
    jest.spyOn(logger, 'warn').mockImplementation((line: unknown) => void warnings.push(String(line)));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await app.close();
  });

  async function open(idempotency: IdempotencyModuleOptions): Promise<string> {
    app = await createApp(platform, { controllers: [OrdersController], idempotency });
    warnings.length = 0;
    return `${app.url}/orders`;
  }

  it('is logged once when callers are not resolved, without key and credentials', async () => {
    const url = await open({ store: new MemoryStore() });
    for (const key of ['my-key-1', 'my-key-2']) {
      const { status } = await send(url, { key, headers: { authorization: 'Bearer hush' } });
      expect(status).toBe(500);
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^OrdersController\.create: IDEMPOTENCY_CALLER_UNRESOLVED: .*set request\.user/,
    );
    expect(warnings[0]).not.toMatch(/my-key|hush/);
  });

  it('is logged when a resolver fails, with what it threw', async () => {
    const url = await open({
      principal: () => {
        throw new TypeError('account is undefined');
      },
    });
    await send(url, { key: 'k' });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^OrdersController\.create: IDEMPOTENCY_RESOLVER_FAILED: .* \(account is undefined\)$/,
      ),
    ]);
  });

  it.each([
    ['refuse', /^OrdersController\.create: IDEMPOTENCY_STORE_UNAVAILABLE: It cannot be told/, 503],
    ['proceed', /^OrdersController\.create: IDEMPOTENCY_STORE_UNAVAILABLE; ran without protection/, 201],
  ] as const)(
    'is logged when the store is down and the policy is to %s',
    async (onStoreError, line, expected) => {
      const store = new FaultyStore(new MemoryStore());
      const url = await open({ store, onStoreError });
      store.fail('acquire', { times: Infinity });
      for (const key of ['a', 'b']) expect((await send(url, { key })).status).toBe(expected);
      expect(warnings).toEqual([expect.stringMatching(line)]);
      expect(warnings[0]).toContain('The test made acquire() fail.');
    },
  );

  it('is not that a client made a mistake', async () => {
    const url = await open({ store: new MemoryStore() });
    expect((await send(url)).status).toBe(400);
    expect((await send(url, { key: 'k', json: { a: 1 } })).status).toBe(201);
    expect((await send(url, { key: 'k', json: { a: 2 } })).status).toBe(422);
    expect(warnings).toEqual([]);
  });
});

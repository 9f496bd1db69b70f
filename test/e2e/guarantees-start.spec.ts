import { Controller, Post } from '@nestjs/common';
import {
  IdempotencyService,
  Idempotent,
  MemoryStore,
  type IdempotencyModuleOptions,
  type IdempotentOptions,
} from 'nestjs-idempotency';
import { logger } from '../../lib/idempotency.logger.js';
import { createApp, PLATFORMS, type Platform } from '../support/create-app.js';

/** A store that outlives its process, as far as it says. */
class DurableStore extends MemoryStore {
  override readonly capabilities = { ...new MemoryStore().capabilities, name: 'durable', durable: true };
}

function controllerOf(route: IdempotentOptions) {
  @Controller('till')
  class TillController {
    @Post()
    @Idempotent(route)
    pay() {
      return { ok: true };
    }
  }
  return TillController;
}

const open = (platform: Platform, route: IdempotentOptions, idempotency: IdempotencyModuleOptions) =>
  createApp(platform, { controllers: [controllerOf(route)], idempotency });

const STRICT = { guarantee: 'at-most-once' } as const;

describe.each(PLATFORMS)('the start of an application on %s with at-most-once', (platform) => {
  const { NODE_ENV } = process.env;
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    jest.spyOn(logger, 'warn').mockImplementation((line: unknown) => void warnings.push(String(line)));
  });
  afterEach(() => {
    process.env.NODE_ENV = NODE_ENV;
    jest.restoreAllMocks();
  });
  const inEnvironment = (name: string | undefined) => {
    if (name === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = name;
  };

  it.each(['production', 'staging', undefined])(
    'is refused in %s on a store that forgets, and names routes and what to do',
    async (environment) => {
      inEnvironment(environment);
      const refusal = open(platform, STRICT, { store: new MemoryStore(), secret: 'x'.repeat(16) });
      await expect(refusal).rejects.toThrow(
        /"memory" forgets .* 'at-most-once' \(TillController\.pay\)\. Use a durable store.* 'at-least-once'/,
      );
    },
  );

  it.each(['development', 'test'])('is a warning in %s', async (environment) => {
    inEnvironment(environment);
    const app = await open(platform, STRICT, { store: new MemoryStore() });
    expect(warnings).toEqual([expect.stringMatching(/TillController\.pay.*this is refused/)]);
    await app.close();
  });

  it('goes on in production on a durable store', async () => {
    inEnvironment('production');
    const app = await open(platform, STRICT, { store: new DurableStore(), secret: 'x'.repeat(16) });
    expect(warnings).toEqual([]);
    await app.close();
  });

  it('looks at what routes inherit, and at what they take back', async () => {
    inEnvironment('production');
    const module = { store: new MemoryStore(), secret: 'x'.repeat(16), ...STRICT };
    await expect(open(platform, {}, module)).rejects.toThrow(/TillController\.pay/);
    const app = await open(platform, { guarantee: 'at-least-once' }, module);
    await app.close();
  });

  it("is refused with onStoreError: 'proceed', wherever either is said", async () => {
    const proceed = { onStoreError: 'proceed' } as const;
    const store = new DurableStore();
    for (const [route, module] of [
      [{ ...STRICT, ...proceed }, {}],
      [STRICT, proceed],
      [proceed, STRICT],
    ]) {
      const refusal = open(platform, route!, { store, ...module });
      await expect(refusal).rejects.toThrow(
        /TillController\.pay: .*'at-most-once' and onStoreError 'proceed'/,
      );
    }
    const app = await open(platform, { ...STRICT, onStoreError: 'refuse' }, { store, ...proceed });
    await app.close();
  });

  it('is refused with a guarantee that does not exist', async () => {
    const refusal = open(platform, { guarantee: 'exactly-twice' as never }, {});
    await expect(refusal).rejects.toThrow(/guarantee.*"exactly-twice".*at-least-once, at-most-once/);
  });

  it('[B61] leaves it to run() to refuse jobs alike', async () => {
    const app = await open(platform, {}, { store: new MemoryStore() });
    const service = app.app.get(IdempotencyService);
    let runs = 0;
    const job = () => service.run('k', () => ++runs, { operation: 'mail', ...STRICT });
    inEnvironment('production');
    await expect(job()).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFIGURATION' });
    await expect(job()).rejects.toThrow(/"memory" forgets .*\(mail\)/);
    expect(runs).toBe(0);
    inEnvironment('test');
    expect(await job()).toBe(1);
    await app.close();
  });
});

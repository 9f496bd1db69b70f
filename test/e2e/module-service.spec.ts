import { Controller, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Idempotent,
  IdempotencyModule,
  IdempotencyService,
  isIdempotencyError,
  MemoryStore,
  type IdempotencyEvent,
  type RunContext,
  type RunOptions,
} from 'nestjs-idempotency';
import { RedisStore } from 'nestjs-idempotency/redis';
import { FakeClock, FaultyStore } from 'nestjs-idempotency/testing';
import { Redis } from 'ioredis';
import { createApp, PLATFORMS, send } from '../support/create-app.js';

const MAIL: RunOptions = { operation: 'send-mail' };

/** A promise and its key. */
function gate<T = void>() {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}

const raise = (error: Error): never => {
  throw error;
};

function cycle(): object {
  const result: { self?: object } = {};
  result.self = result;
  return result;
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (isIdempotencyError(error) ? error.code : error),
  );

const STORES = {
  memory: (clock: FakeClock) => ({
    store: new MemoryStore({ clock: clock.now }),
    end: async () => undefined,
  }),
  redis: () => {
    const client = new Redis(Number(process.env['TEST_REDIS_PORT']));
    const prefix = `service-${process.pid}-${Date.now()}:`;
    return { store: new RedisStore({ client, prefix }), end: async () => void (await client.quit()) };
  },
} as const;

describe.each(Object.keys(STORES) as (keyof typeof STORES)[])('a job with the %s store', (name) => {
  const clock = new FakeClock();
  const { store, end } = STORES[name](clock);
  let service: IdempotencyService;
  let close: () => Promise<void>;
  let events: IdempotencyEvent[];
  let runs: number;

  beforeAll(async () => {
    const onEvent = (event: IdempotencyEvent) => void events.push(event);
    const worker = await NestFactory.createApplicationContext(IdempotencyModule.forRoot({ store, onEvent }), {
      logger: false,
    });
    service = worker.get(IdempotencyService);
    close = () => worker.close();
  });
  beforeEach(() => {
    runs = 0;
    events = [];
  });
  afterAll(async () => {
    await close();
    await end();
  });

  it('[B61] runs once; when it is delivered again it gets the first result', async () => {
    const job = () => service.run('m-1', async () => ({ run: ++runs, list: [1, 'two', null] }), MAIL);
    expect([await job(), await job(), await job()]).toEqual(
      Array(3).fill({ run: 1, list: [1, 'two', null] }),
    );
    expect(runs).toBe(1);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['zero', 0],
    ['an empty string', ''],
    ['an empty list', []],
    ['text', 'tëxt'],
  ])('[B61] keeps %s as a result', async (title, value) => {
    const job = () => service.run(`result-${title}`, () => (runs++, value), MAIL);
    expect([await job(), await job()]).toEqual([value, value]);
    expect(runs).toBe(1);
  });

  it('[B61] is told its attempt and a signal', async () => {
    const seen = await service.run(
      'm-context',
      ({ attempt, signal }: RunContext) => ({ attempt, ok: !signal.aborted }),
      MAIL,
    );
    expect(seen).toEqual({ attempt: 1, ok: true });
  });

  it('[B17] [B61] that is delivered twice at once runs once, and one is told that it runs', async () => {
    const { opened, open } = gate();
    const entered = gate();
    const first = service.run('m-parallel', async () => (entered.open(), await opened, ++runs), MAIL);
    await entered.opened;
    expect(await codeOf(service.run('m-parallel', () => ++runs, MAIL))).toBe('IDEMPOTENCY_IN_PROGRESS');
    open();
    expect(await first).toBe(1);
    expect(runs).toBe(1);
  });

  it('[B19] [B61] that may wait gets the result of the one that runs', async () => {
    const { opened, open } = gate();
    const entered = gate();
    const first = service.run('m-wait', async () => (entered.open(), await opened, ++runs), MAIL);
    await entered.opened;
    const others = [1, 2, 3].map(() => service.run('m-wait', () => ++runs, { ...MAIL, wait: true }));
    open();
    expect(await Promise.all([first, ...others])).toEqual([1, 1, 1, 1]);
  });

  it('[B19] [B61] that may wait runs itself when the one that ran failed', async () => {
    const { opened, open } = gate();
    const entered = gate();
    const failing = async (): Promise<number> => {
      entered.open();
      await opened;
      throw new Error('smtp is down');
    };
    const first = service.run('m-wait-fail', failing, MAIL);
    await entered.opened;
    const others = [1, 2].map(() => service.run('m-wait-fail', () => ++runs, { ...MAIL, wait: 5_000 }));
    open();
    await expect(first).rejects.toThrow('smtp is down');
    expect(await Promise.all(others)).toEqual([1, 1]);
  });

  it('[B18] [B61] is refused under the key of another question, even while that one runs', async () => {
    const { opened, open } = gate();
    const entered = gate();
    const options = (fingerprint: unknown) => ({ ...MAIL, fingerprint });
    const first = service.run(
      'm-q',
      async () => (entered.open(), await opened, ++runs),
      options({ to: 'a', n: 1 }),
    );
    await entered.opened;
    expect(await codeOf(service.run('m-q', () => ++runs, options({ to: 'b' })))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    open();
    await first;
    expect(await codeOf(service.run('m-q', () => ++runs, options({ to: 'b' })))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect(await service.run('m-q', () => ++runs, options({ n: 1, to: 'a' }))).toBe(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['rejects with nothing', () => Promise.reject(null)],
  ])('[B61] that %s passes that on and may be run again', async (title, job) => {
    const failed = await service
      .run(`m-${title}`, job as () => never, MAIL)
      .catch((error: unknown) => ({ error }));
    expect(failed).toEqual({ error: title === 'rejects with nothing' ? null : new Error('boom') });
    expect(await service.run(`m-${title}`, () => ++runs, MAIL)).toBe(1);
  });

  it.each([
    ['a BigInt', () => ({ id: 10n })],
    ['a cycle', () => cycle()],
    ['what refuses to be JSON', () => ({ toJSON: () => raise(new Error('no JSON')) })],
    ['a function', () => () => 1],
  ])('[B34] [B61] whose result is %s gives it once, and is never run again', async (title, make) => {
    const result = make();
    const job = () => service.run(`unkept-${title}`, () => (runs++, result as unknown), MAIL);
    expect(await job()).toBe(result);
    expect(await codeOf(job())).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    expect(await codeOf(job())).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    expect(runs).toBe(1);
    expect(events.map((event) => event.kind === 'outcome' && event.outcome)).toEqual([
      'recorded',
      'not-kept',
      'not-kept',
    ]);
  });

  it('[B61] gives a date as text when it is delivered again, as JSON does', async () => {
    const at = new Date(0);
    const job = () => service.run('m-date', () => ({ at }), MAIL);
    expect([await job(), await job()]).toEqual([{ at }, { at: at.toISOString() }]);
  });

  it('[B6] [B61] shares its key with no other operation and no other scope', async () => {
    const job = (options: RunOptions) => service.run('m-same', () => ++runs, options);
    const all = [
      MAIL,
      { operation: 'other' },
      { ...MAIL, scope: 'a' },
      { ...MAIL, scope: 'b' },
      { operation: 'a:b', scope: 'c' },
      { operation: 'c', scope: 'a:b' },
    ];
    for (const options of all) await job(options);
    expect(runs).toBe(all.length);
    for (const options of all) await job(options);
    expect(runs).toBe(all.length);
  });

  it.each(['', ' ', 'a\nb', 'é', 'x'.repeat(256), undefined, null, 7, {}])(
    '[B2] [B61] with the key %p is refused',
    async (key) => {
      const run = service.run(key as string, () => ++runs, MAIL);
      expect(await codeOf(run)).toBe('IDEMPOTENCY_KEY_INVALID');
      expect(runs).toBe(0);
    },
  );

  it.each([
    [{ ttl: 0 }, 'option "ttl" is 0'],
    [{ ttl: -1 }, 'option "ttl" is -1'],
    [{ lease: NaN }, 'option "lease" is NaN'],
    [{ wait: Infinity }, 'option "wait" is Infinity'],
    [{ operation: '' }, 'option "operation" is ""'],
    [{ operation: undefined }, 'option "operation"'],
    [{ scope: '' }, 'option "scope" is ""'],
    [{ tll: 1 }, 'did you mean "ttl"?'],
  ])('[B49] [B61] with the option %p is refused', async (options, text) => {
    const run = service.run('m-options', () => ++runs, { ...MAIL, ...options } as RunOptions);
    await expect(run).rejects.toThrow(text);
    expect(await codeOf(run)).toBe('IDEMPOTENCY_CONFIGURATION');
    expect(runs).toBe(0);
  });

  it('[B49] [B61] without options is refused', async () => {
    const run = service.run('m-none', () => ++runs, undefined as never);
    expect(await codeOf(run)).toBe('IDEMPOTENCY_CONFIGURATION');
  });

  it('[B64] [B61] gives exactly one event for each call, whatever comes of it', async () => {
    const job = (result: () => unknown, fingerprint = 'q') =>
      service.run('events', result, { ...MAIL, fingerprint }).catch(() => undefined);
    const fail = () => {
      throw new Error('boom');
    };
    const nested = () => job(() => 0).then(() => job(() => 0, 'other'));
    await job(fail);
    await job(nested);
    await job(() => 0);
    const outcomes = events.map((event) => [event.kind === 'outcome' && event.outcome, event.operation]);
    expect(outcomes).toEqual(
      ['released', 'conflict', 'mismatch', 'recorded', 'replayed'].map((outcome) => [outcome, 'send-mail']),
    );
    expect(new Set(events.map(({ recordId }) => recordId)).size).toBe(1);
    expect(JSON.stringify(events)).not.toContain('"events"');
  });

  it('[B62] may run another one, of its own operation, too', async () => {
    const inner = () => service.run('inner', () => ++runs, MAIL);
    const outer = () => service.run('outer', async () => [await inner(), await inner()], MAIL);
    expect([await outer(), await outer()]).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('[B62] that runs itself is told that it runs already, and does not hang', async () => {
    const again = () => codeOf(service.run('self', () => 0, MAIL));
    expect(await service.run('self', again, MAIL)).toBe('IDEMPOTENCY_IN_PROGRESS');
  });
});

describe('a job', () => {
  const clock = new FakeClock();
  const faulty = new FaultyStore(new MemoryStore({ clock: clock.now }));
  let service: IdempotencyService;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const worker = await NestFactory.createApplicationContext(
      IdempotencyModule.forRoot({ store: faulty, shutdownGrace: 1 }),
      { logger: false },
    );
    service = worker.get(IdempotencyService);
    close = () => worker.close();
  });

  it('[B57] [B61] is kept for its ttl, and without a tombstone runs again after it', async () => {
    let runs = 0;
    const job = () => service.run('kept', () => ++runs, { ...MAIL, ttl: 60_000, tombstone: false });
    await job();
    clock.advance(59_999);
    expect(await job()).toBe(1);
    clock.advance(1);
    expect(await job()).toBe(2);
  });

  it('[B22] [B61] that outlived its lease gets the result of the one that took over', async () => {
    const { opened, open } = gate();
    const entered = gate<AbortSignal>();
    const stale = async ({ signal }: RunContext) => {
      entered.open(signal);
      await opened;
      return 'stale';
    };
    const first = service.run<string>('stale', stale, MAIL);
    const signal = await entered.opened;
    clock.advance(30_001);
    const second = await service.run('stale', ({ attempt }) => `attempt ${attempt}`, MAIL);
    open();
    expect([second, await first]).toEqual(['attempt 2', 'attempt 2']);
    expect(signal.aborted).toBe(true);
  });

  it('[B22] [B61] that outlived its lease is told so while the one that took over runs', async () => {
    const stale = gate();
    const entered = gate();
    const running = gate();
    const taken = gate();
    const first = service.run('lost', async () => (entered.open(), stale.opened), MAIL);
    await entered.opened;
    clock.advance(30_001);
    const second = service.run('lost', async () => (taken.open(), await running.opened, 'winner'), MAIL);
    await taken.opened;
    stale.open();
    expect(await codeOf(first)).toBe('IDEMPOTENCY_LEASE_LOST');
    running.open();
    expect(await second).toBe('winner');
  });

  it('[B48] [B61] does not run when the store does not answer', async () => {
    let runs = 0;
    faulty.fail('acquire');
    expect(await codeOf(service.run('down', () => ++runs, MAIL))).toBe('IDEMPOTENCY_STORE_UNAVAILABLE');
    expect(runs).toBe(0);
    expect(await service.run('down', () => ++runs, MAIL)).toBe(1);
  });

  it('[B28] [B61] does not start while the application stops', async () => {
    await close();
    expect(await codeOf(service.run('late', () => 1, MAIL))).toBe('IDEMPOTENCY_SHUTTING_DOWN');
  });
});

describe.each(PLATFORMS)('a job inside a handler on %s', (platform) => {
  let handlers = 0;
  let jobs = 0;

  @Controller('orders')
  class OrdersController {
    constructor(private readonly service: IdempotencyService) {}

    @Post()
    @Idempotent()
    async create() {
      const charge = await this.service.run('k', () => ++jobs, { operation: 'charge' });
      if (++handlers === 1) throw new Error('after the charge');
      return { handlers, charge };
    }
  }

  it('[B62] has a record of its own: its result outlives a handler that fails', async () => {
    handlers = 0;
    jobs = 0;
    const app = await createApp(platform, { controllers: [OrdersController] });
    const ask = () => send(`${app.url}/orders`, { key: 'k' });
    const [failed, first, second] = [await ask(), await ask(), await ask()];
    expect([failed.status, first.status, second.status]).toEqual([500, 201, 201]);
    expect(first.json).toEqual({ handlers: 2, charge: 1 });
    expect([second.text, second.replayed]).toEqual([first.text, true]);
    expect([handlers, jobs]).toEqual([2, 1]);
    await app.close();
  });
});

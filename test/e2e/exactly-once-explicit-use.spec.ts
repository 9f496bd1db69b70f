import { Controller, Headers, Inject, Post } from '@nestjs/common';
import {
  IdempotencyContext,
  IdempotencyService,
  Idempotent,
  MemoryStore,
  type IdempotencyModuleOptions,
} from 'nestjs-idempotency';
import { pgTransactions } from 'nestjs-idempotency/postgres';
import type { PoolClient } from 'pg';
import { createApp, PLATFORMS } from '../support/create-app.js';
import { openPlace, openPool, type Place } from '../support/postgres-store.js';
import { ExplicitShop, type ExplicitShopOptions, type Visit } from './exactly-once-explicit.shop.js';

const failure = (code: string) => Object.assign(new Error('could not serialize'), { code });

describe.each(PLATFORMS)('commitWith() and transaction(), used in many ways, on %s', (platform) => {
  let shop: ExplicitShop;
  const open = async (options?: ExplicitShopOptions) => (shop = await ExplicitShop.open(platform, options));
  const transactional = async (options: ExplicitShopOptions = {}) => {
    const pool = openPool();
    const transactions = pgTransactions<PoolClient>(pool);
    const { close } = await open({ ...options, module: { transactions, ...options.module } });
    shop.close = async () => {
      await close.call(shop);
      await pool.end();
    };
    return transactions;
  };
  afterEach(() => shop.close());

  describe('transaction()', () => {
    it('commits what its work does together with the answer', async () => {
      const transactions = await transactional();
      const same: boolean[] = [];
      shop.handle = (visit) =>
        visit.context.transaction(async (client: PoolClient) => {
          same.push(client === transactions.current());
          await shop.insert(client, visit);
          return { run: visit.run };
        });
      const first = await shop.order('a');
      expect(first).toMatchObject({ status: 201, json: { run: 1 } });
      expect(await shop.order('a')).toMatchObject({ text: first.text, replayed: true });
      expect(await shop.together()).toEqual([true]);
      expect(same).toEqual([true]);
    });

    it('rolls back work that fails, and the retry runs', async () => {
      await transactional();
      shop.handle = (visit) =>
        visit.context.transaction(async (client: PoolClient) => {
          await shop.insert(client, visit);
          if (visit.run === 1) throw new Error('no stock');
          return { run: visit.run };
        });
      expect(await shop.order('a')).toMatchObject({ status: 500 });
      expect(await shop.orders()).toEqual([]);
      expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
      expect(await shop.orders()).toEqual([2]);
    });

    it('runs work again that lost against others, and nothing else of the handler', async () => {
      await transactional();
      let works = 0;
      shop.handle = (visit) =>
        visit.context.transaction(async (client: PoolClient) => {
          await shop.insert(client, { ...visit, run: ++works });
          if (works < 4) throw failure('40001');
          return { works };
        });
      expect(await shop.order('a')).toMatchObject({ status: 201, json: { works: 4 } });
      expect(shop.runs).toBe(1);
      expect(await shop.orders()).toEqual([4]);
      expect(await shop.together()).toEqual([true]);
    });

    it('gives up after `transactionRetries` in a request, however they are spent', async () => {
      await transactional({ module: { transactionRetries: 2 } });
      let works = 0;
      shop.handle = (visit) =>
        visit.context.transaction(() => {
          works++;
          throw failure('40P01');
        });
      expect(await shop.order('a')).toMatchObject({ status: 500 });
      expect([shop.runs, works]).toEqual([1, 3]);
      expect(shop.outcomes).toEqual(['released']);
    });

    it('is refused without the option `transactions`', async () => {
      await open();
      let refusal: unknown;
      shop.handle = async ({ context }) => {
        refusal = await context.transaction(() => 1).catch((error: unknown) => error);
        return {};
      };
      await shop.order('a');
      expect(refusal).toMatchObject({ message: expect.stringMatching(/set the option `transactions`/) });
    });

    it('without a key, where none is required, is a transaction, and nothing is recorded', async () => {
      await transactional({ route: { required: false } });
      let works = 0;
      shop.handle = (visit) =>
        visit.context.transaction(async (client: PoolClient) => {
          await shop.insert(client, { key: 'none', run: ++works });
          if (works === 1) throw failure('40001');
          return { works };
        });
      expect(await shop.order(undefined)).toMatchObject({ status: 201, json: { works: 2 } });
      expect(await shop.orders()).toEqual([2]);
      expect(await shop.place.rows('SELECT id FROM $table')).toEqual([]);
    });
  });

  it('commitWith() without a key, where none is required, gives its result', async () => {
    await open({ route: { required: false } });
    shop.handle = (visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, { key: 'none', run: visit.run });
        return visit.context.commitWith(client, { run: visit.run });
      });
    expect(await shop.order(undefined)).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.orders()).toEqual([1]);
    expect(await shop.place.rows('SELECT id FROM $table')).toEqual([]);
  });

  it('a second commitWith() is refused and rolled back, and the first one stays', async () => {
    await open();
    const usual = shop.handle;
    shop.handle = async (visit) => {
      await usual(visit);
      await shop
        .begin(async (client) => {
          await shop.insert(client, { ...visit, run: 99 });
          await visit.context.commitWith(client, { run: 99 });
        })
        .catch(() => undefined);
    };
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.order('a')).toMatchObject({ json: { run: 1 }, replayed: true });
    expect(await shop.orders()).toEqual([1]);
    expect(shop.failures).toMatchObject([
      {
        code: 'IDEMPOTENCY_CONFIGURATION',
        message: expect.stringMatching(/called before in this attempt/),
      },
    ]);
  });

  it('a loop of the handler around a transaction that lost at its commit has one answer all the same', async () => {
    await open();
    const lost = (visit: Visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        await visit.context.commitWith(client, { run: visit.run });
        throw failure('40001');
      });
    const usual = shop.handle;
    shop.handle = (visit) => (visit.run > 1 ? usual(visit) : lost(visit).catch(() => lost(visit)));
    expect(await shop.order('a')).toMatchObject({ status: 503 });
    expect(await shop.orders()).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
  });

  it('a commitWith() that nobody awaits ends no process, and is told to operators', async () => {
    await open();
    let ends: Promise<unknown> | undefined;
    shop.handle = async ({ context }) => {
      const nothing = { query: () => new Promise(() => undefined) };
      ends = context.commitWith(nothing, new Promise((resolve) => setTimeout(resolve, 50)));
      return { run: 1 };
    };
    expect(await shop.order('a')).toMatchObject({ status: 201 });
    await expect(ends).rejects.toThrow(/await it, as the last statement/);
    expect(await shop.order('a')).toMatchObject({ status: 201, replayed: true });
  });

  it('one that comes when its handler has ended is refused', async () => {
    await open();
    let late: Promise<unknown> | undefined;
    shop.handle = ({ context, run }) => {
      late = Promise.resolve()
        .then(() => new Promise((resolve) => setTimeout(resolve, 20)))
        .then(() => context.commitWith({}, 'late'));
      late.catch(() => undefined);
      return { run };
    };
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 } });
    await expect(late).rejects.toThrow(/call it in the handler, while that runs/);
    expect(await shop.order('a')).toMatchObject({ json: { run: 1 }, replayed: true });
  });
});

describe('an application whose handlers are explicit', () => {
  let place: Place;
  beforeAll(async () => (place = await openPlace()));
  afterAll(() => place.close());

  const controllerWith = (options: Parameters<typeof Idempotent>[0]) => {
    @Controller()
    class Orders {
      constructor(@Inject(IdempotencyContext) private readonly context: IdempotencyContext) {}

      @Post('orders')
      @Idempotent({ scope: 'public', ...options })
      async create(@Headers('x-call') call: 'commitWith' | 'transaction') {
        const called =
          call === 'commitWith' ? this.context.commitWith({}, 1) : this.context.transaction(() => 1);
        return called.catch(({ message }: Error) => message);
      }
    }
    return Orders;
  };
  const start = (idempotency: IdempotencyModuleOptions, controller: ReturnType<typeof controllerWith>) =>
    createApp('express', { controllers: [controller], idempotency });
  const explicit = { guarantee: 'exactly-once', transaction: 'explicit' } as const;

  it('starts without the option `transactions`', async () => {
    const app = await start({ store: place.store() }, controllerWith(explicit));
    await app.close();
  });

  it('is refused with a store that cannot take part in a transaction', async () => {
    await expect(start({ store: new MemoryStore() }, controllerWith(explicit))).rejects.toThrow(
      /"memory" cannot complete a record in a transaction/,
    );
  });

  it('is refused when the route has another guarantee', async () => {
    const controller = controllerWith({ transaction: 'explicit' });
    await expect(start({ store: place.store() }, controller)).rejects.toThrow(
      /Orders.create: transaction 'explicit' needs guarantee 'exactly-once', and it is 'at-least-once'/,
    );
  });

  it('is refused when it names another way', async () => {
    const controller = controllerWith({ ...explicit, transaction: 'mine' as never });
    await expect(start({ store: place.store() }, controller)).rejects.toThrow(
      /option "transaction" is "mine"; .*handler, explicit/,
    );
  });

  it.each(['commitWith', 'transaction'])(
    '%s() says why it is not for the route that it is called on',
    async (call) => {
      const transactions = pgTransactions<PoolClient>(place.pool);
      const post = async (options: Parameters<typeof Idempotent>[0]) => {
        const app = await start({ store: place.store(), transactions }, controllerWith(options));
        const headers = { 'idempotency-key': `${call}-${JSON.stringify(options).length}`, 'x-call': call };
        const answer = await fetch(`${app.url}/orders`, { method: 'POST', headers });
        await app.close();
        return answer.text();
      };
      expect(await post({})).toMatch(
        /guarantee of Orders.create is 'at-least-once', .*transaction: 'explicit'/,
      );
      expect(await post({ required: false })).toMatch(/guarantee of Orders.create is/);
      expect(await post({ guarantee: 'exactly-once' })).toMatch(/runs in a transaction of the option/);
    },
  );

  it('refuses commitWith() and transaction() where there is no request', async () => {
    const app = await createApp('express', { idempotency: { store: place.store() } });
    const context = app.app.get(IdempotencyContext);
    await expect(context.commitWith({}, 1)).rejects.toThrow(/commitWith\(\): there is no idempotent request/);
    await expect(context.transaction(() => 1)).rejects.toThrow(
      /transaction\(\): there is no idempotent request/,
    );
    const job = app.app
      .get(IdempotencyService)
      .run('a', () => context.commitWith({}, 1), { operation: 'mail' });
    await expect(job).rejects.toThrow(/commitWith\(\): jobs of IdempotencyService.run\(\)/);
    await app.close();
  });
});

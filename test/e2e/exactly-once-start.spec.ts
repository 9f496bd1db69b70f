import { Controller, Post, Res } from '@nestjs/common';
import {
  clsTransactions,
  IdempotencyService,
  Idempotent,
  MemoryStore,
  type IdempotencyModuleOptions,
} from 'nestjs-idempotency';
import { pgTransactions, PostgresStore } from 'nestjs-idempotency/postgres';
import { createApp } from '../support/create-app.js';
import { openPlace, type Place } from '../support/postgres-store.js';

describe('an application with exactly-once, when it starts', () => {
  let place: Place;
  beforeAll(async () => (place = await openPlace()));
  afterAll(() => place.close());

  @Controller()
  class Orders {
    @Post('orders')
    @Idempotent({ guarantee: 'exactly-once' })
    create() {}
  }

  const start = (idempotency: IdempotencyModuleOptions, controllers: unknown[] = [Orders]) =>
    createApp('express', { controllers: controllers as never, idempotency });

  it('is refused with a store that cannot take part in a transaction', async () => {
    const transactions = pgTransactions(place.pool);
    await expect(start({ store: new MemoryStore(), transactions })).rejects.toThrow(
      /"memory" cannot complete a record in a transaction .*\(Orders.create\)/,
    );
  });

  it('is refused with a store that only shows what the one inside of it can do', async () => {
    const transactions = pgTransactions(place.pool);
    const store = new MemoryStore();
    Object.assign(store, { capabilities: { ...store.capabilities, name: 'wrapped', transactional: true } });
    await expect(start({ store, transactions })).rejects.toThrow(/"wrapped" cannot complete a record/);
  });

  it('is refused without transactions', async () => {
    await expect(start({ store: place.store() })).rejects.toThrow(
      /\(Orders.create\) needs the option `transactions`/,
    );
  });

  it('is refused when requests may run without the store', async () => {
    const transactions = pgTransactions(place.pool);
    await expect(start({ store: place.store(), transactions, onStoreError: 'proceed' })).rejects.toThrow(
      /exactly-once' and onStoreError 'proceed' exclude each other/,
    );
  });

  it('is refused with a handler that takes the response in its own hands', async () => {
    @Controller()
    class Own {
      @Post('own')
      @Idempotent({ guarantee: 'exactly-once' })
      own(@Res() _response: unknown) {}
    }
    const transactions = pgTransactions(place.pool);
    await expect(start({ store: place.store(), transactions }, [Own])).rejects.toThrow(
      /Own.own: .*takes the response in its own hands/,
    );
  });

  it.each([null, 5, {}, { run: true }])('is refused with transactions that are %p', async (transactions) => {
    await expect(start({ store: place.store(), transactions } as never)).rejects.toThrow(
      /"?transactions"? must be an object with run\(work\)/,
    );
  });

  it('is refused with an isolation that Postgres does not have', () => {
    const isolation = 'read committed; DROP TABLE orders' as never;
    expect(() => pgTransactions(place.pool, { isolation })).toThrow(/isolation is one of read committed/);
  });

  it('runs no jobs under that guarantee', async () => {
    const transactions = pgTransactions(place.pool);
    const store = new PostgresStore({ client: place.pool, schema: place.schema, purgeInterval: false });
    const app = await start({ store, transactions, guarantee: 'exactly-once' });
    const job = app.app.get(IdempotencyService).run('key', () => 1, { operation: 'mail' });
    await expect(job).rejects.toThrow(/"mail": guarantee 'exactly-once' is for handlers of HTTP requests/);
    await app.close();
  });

  it('takes the transactions of a host of its own, and tells the store their client', async () => {
    const inner = pgTransactions(place.pool);
    const host = {
      withTransaction: <R>(work: () => Promise<R>) => inner.run(work),
      get tx() {
        return { session: { client: inner.current()! } };
      },
    };
    const transactions = clsTransactions(host, { client: ({ session }) => session.client });
    const app = await start({ store: place.store(), transactions, scope: 'public' });
    const post = () => fetch(`${app.url}/orders`, { method: 'POST', headers: { 'idempotency-key': 'k' } });
    expect((await post()).headers.get('idempotent-replayed')).toBeNull();
    expect((await post()).headers.get('idempotent-replayed')).toBe('true');
    await app.close();
  });

  it('what goes on when its transaction is over gets no client', async () => {
    const transactions = pgTransactions(place.pool);
    let goOn!: () => void;
    const gone = new Promise<void>((resolve) => (goOn = resolve));
    const late = transactions.run(async () => ({
      query: gone.then(() => transactions.current()),
    }));
    const { query } = await late;
    goOn();
    await expect(query).rejects.toThrow(/transaction is over/);
    expect(transactions.current()).toBeUndefined();
  });
});

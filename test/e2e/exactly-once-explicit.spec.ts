import { ClassSerializerInterceptor, ConflictException, UseInterceptors } from '@nestjs/common';
import { Exclude } from 'class-transformer';
import { pgTransactions } from 'nestjs-idempotency/postgres';
import type { PoolClient } from 'pg';
import { PLATFORMS } from '../support/create-app.js';
import { Gate } from '../support/fault-gate.js';
import { ExplicitShop, type ExplicitShopOptions } from './exactly-once-explicit.shop.js';

describe.each(PLATFORMS)('commitWith() on %s', (platform) => {
  let shop: ExplicitShop;
  const open = async (options?: ExplicitShopOptions) => (shop = await ExplicitShop.open(platform, options));
  afterEach(() => shop.close());

  it('order and record are written by one transaction, and the retry is a replay', async () => {
    await open();
    const first = await shop.order('a');
    expect(first).toMatchObject({ status: 201, json: { run: 1 }, replayed: false });
    expect(await shop.together()).toEqual([true]);
    const retry = await shop.order('a');
    expect(retry).toMatchObject({ status: 201, replayed: true });
    expect(retry.bytes).toEqual(first.bytes);
    expect(await shop.orders()).toEqual([1]);
    expect(shop.outcomes).toEqual(['recorded', 'replayed']);
  });

  it('what the serializer leaves out is not in the record', async () => {
    class Account {
      readonly id = 7;
      @Exclude() readonly password = 'opensesame';
    }
    await open({ decorators: [UseInterceptors(ClassSerializerInterceptor)] });
    shop.handle = (visit) => shop.begin((client) => visit.context.commitWith(client, new Account()));
    const first = await shop.order('a');
    expect(first.json).toEqual({ id: 7 });
    const retry = await shop.order('a');
    expect(retry).toMatchObject({ text: first.text, replayed: true });
    const [row] = await shop.place.rows<{ response: Buffer }>('SELECT response FROM $table');
    expect(row!.response.toString('latin1')).not.toContain('opensesame');
  });

  it('gives its result to the transaction, and that is what is sent, whatever the handler returns', async () => {
    await open();
    const seen: unknown[] = [];
    shop.handle = async (visit) => {
      seen.push(await shop.begin((client) => visit.context.commitWith(client, { from: 'commitWith' })));
      return { from: 'the handler' };
    };
    expect((await shop.order('a')).json).toEqual({ from: 'commitWith' });
    expect(seen).toEqual([{ from: 'commitWith' }]);
  });

  it('the answer does not leave before the handler has committed', async () => {
    await open();
    const goOn = new Gate();
    shop.handle = (visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        const result = await visit.context.commitWith(client, { run: visit.run });
        await goOn.pass();
        return result;
      });
    let isAnswered = false;
    const answer = shop.order('a').finally(() => (isAnswered = true));
    await goOn.reached;
    expect(await shop.orders()).toEqual([]);
    expect(isAnswered).toBe(false);
    goOn.open();
    expect(await answer).toMatchObject({ status: 201 });
    expect(await shop.orders()).toEqual([1]);
  });

  it('an error before it leaves neither, and the retry runs', async () => {
    await open();
    const commit = shop.handle;
    shop.handle = (visit) => {
      if (visit.run > 1) return commit(visit);
      return shop.begin(async (client) => {
        await shop.insert(client, visit);
        throw new Error('no stock');
      });
    };
    expect(await shop.order('a')).toMatchObject({ status: 500 });
    expect(await shop.orders()).toEqual([]);
    expect(await shop.place.rows('SELECT id FROM $table')).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
    expect(await shop.orders()).toEqual([2]);
  });

  it('a 4xx before it is recorded after the rollback', async () => {
    await open();
    shop.handle = (visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        throw new ConflictException('sold out');
      });
    const first = await shop.order('a');
    expect(first).toMatchObject({ status: 409, json: { message: 'sold out' } });
    expect(await shop.order('a')).toMatchObject({ status: 409, text: first.text, replayed: true });
    expect(await shop.orders()).toEqual([]);
    expect(shop.runs).toBe(1);
  });

  it('an answer without it is recorded after the handler', async () => {
    await open();
    shop.handle = async (visit) => {
      await shop.begin((client) => shop.insert(client, visit));
      return { run: visit.run };
    };
    const first = await shop.order('a');
    expect(first).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.order('a')).toMatchObject({ text: first.text, replayed: true });
    expect(await shop.together()).toEqual([false]);
    expect(shop.outcomes).toEqual(['recorded', 'replayed']);
  });

  it('an answer of a handler that is no promise, too', async () => {
    await open();
    shop.handle = ({ run }) => ({ run });
    expect(await shop.order('a')).toMatchObject({ json: { run: 1 }, replayed: false });
    expect(await shop.order('a')).toMatchObject({ json: { run: 1 }, replayed: true });
  });

  it('an attempt that was overtaken is rolled back, and its client gets the answer of the winner', async () => {
    await open();
    const goOn = new Gate();
    const commit = shop.handle;
    shop.handle = (visit) => {
      if (visit.run > 1) return commit(visit);
      return shop.begin(async (client) => {
        await shop.insert(client, visit);
        await goOn.pass();
        return visit.context.commitWith(client, { run: visit.run });
      });
    };
    const stale = shop.order('a');
    await goOn.reached;
    await shop.place.rows('UPDATE $table SET lease_ends = 0');
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
    goOn.open();
    expect(await stale).toMatchObject({ status: 201, json: { run: 2 }, replayed: true });
    expect(await shop.orders()).toEqual([2]);
    expect(shop.failures).toMatchObject([{ code: 'IDEMPOTENCY_LEASE_LOST' }]);
    expect(shop.outcomes).toEqual(['recorded', 'lost']);
  });

  it('a savepoint that is rolled back leaves the rest', async () => {
    await open();
    shop.handle = (visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        await client.query('SAVEPOINT part');
        await shop.insert(client, { ...visit, run: 77 });
        await client.query('SELECT 1/0').catch(() => client.query('ROLLBACK TO SAVEPOINT part'));
        await client.query('RELEASE SAVEPOINT part');
        return visit.context.commitWith(client, { run: visit.run });
      });
    expect(await shop.order('a')).toMatchObject({ status: 201 });
    expect(await shop.orders()).toEqual([1]);
    expect(await shop.together()).toEqual([true]);
  });

  it('within a savepoint, it is committed with what is around that', async () => {
    await open();
    const transactions = pgTransactions<PoolClient>(shop.place.pool);
    shop.handle = (visit) =>
      transactions.run(async (outer) => {
        await shop.insert(outer, visit);
        return transactions.run((inner) => visit.context.commitWith(inner, { run: visit.run }));
      });
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.orders()).toEqual([1]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
  });

  it('no connection stays with a request that is over', async () => {
    await open();
    const commit = shop.handle;
    shop.handle = (visit) => {
      if (visit.run % 2) throw new Error('odd');
      return commit(visit);
    };
    for (let i = 0; i < 20; i++) await shop.order(`key-${i % 10}`);
    const { totalCount, idleCount } = shop.place.pool;
    expect(idleCount).toBe(totalCount);
    expect(await shop.orders()).toEqual([2, 4, 6, 8, 10, 12, 14]);
  });
});

import { request, type ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import {
  RequestTimeoutException,
  StreamableFile,
  UseInterceptors,
  type CallHandler,
  type NestInterceptor,
} from '@nestjs/common';
import { setFaultPoints } from 'nestjs-idempotency/testing';
import type { TransactionRunner } from 'nestjs-idempotency';
import { race, throwError, timer, mergeMap, from } from 'rxjs';
import { PLATFORMS } from '../support/create-app.js';
import { Gate, until } from '../support/fault-gate.js';
import { Shop, type ShopOptions } from './exactly-once.shop.js';

/** What a runner does with the end of a transaction. */
const ending = (end: (commit: () => Promise<unknown>) => Promise<unknown>) => (inner: TransactionRunner) => {
  let isFirst = true;
  const runner: TransactionRunner = {
    run: async <T>(work: (tx: unknown) => Promise<T>) => {
      if (!isFirst) return inner.run(work);
      isFirst = false;
      return (await end(() => inner.run(work))) as T;
    },
  };
  return runner;
};

describe.each(PLATFORMS)('how a transaction of exactly-once ends on %s', (platform) => {
  let shop: Shop;
  const open = async (options?: ShopOptions) => (shop = await Shop.open(platform, options));
  afterEach(() => shop.close());

  const records = () => shop.place.rows('SELECT id, phase FROM $table');
  const lapse = () => shop.place.rows('UPDATE $table SET lease_ends = 0');
  const gone = (leaving: ClientRequest) => {
    leaving.destroy();
    return new Promise((resolve) => leaving.once('close', resolve));
  };
  const leave = (key: string) => {
    const leaving = request(`${shop.app.url}/orders`, {
      method: 'POST',
      headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    });
    leaving.on('error', () => undefined);
    leaving.end('{"item":"tea"}');
    return leaving;
  };

  it('an attempt that was overtaken is rolled back, and its client gets the answer of the winner', async () => {
    await open();
    const goOn = new Gate();
    shop.after = async ({ run, attempt }) => {
      if (run === 1) {
        await goOn.pass();
      }
      return { run, attempt };
    };
    const stale = shop.order('a');
    await goOn.reached;
    await lapse();
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2, attempt: 2 } });
    goOn.open();
    expect(await stale).toMatchObject({ status: 201, json: { run: 2, attempt: 2 }, replayed: true });
    expect(await shop.orders('a')).toEqual([2]);
    expect(shop.outcomes).toEqual(['recorded', 'lost']);
  });

  it('an attempt whose record is gone does not say that it was done', async () => {
    await open();
    shop.after = async ({ run }) => {
      if (run === 1) await shop.place.rows('DELETE FROM $table');
      return { run };
    };
    expect(await shop.order('a')).toMatchObject({ status: 409, json: { code: 'IDEMPOTENCY_LEASE_LOST' } });
    expect(await shop.orders('a')).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
    expect(await shop.orders('a')).toEqual([2]);
  });

  it('a commit whose reply is lost is found out about: the answer is sent', async () => {
    const runner = ending(async (commit) => {
      await commit();
      throw new Error('the reply is lost');
    });
    await open({ runner });
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
    expect(await shop.orders('a')).toEqual([1]);
    expect(shop.outcomes).toEqual(['recorded', 'replayed']);
  });

  it('a commit that fails is not told as a success: 503, and the retry runs', async () => {
    await open();
    await shop.place.pool.query(
      `ALTER TABLE "${shop.place.schema}".orders ADD CONSTRAINT one UNIQUE (xid) DEFERRABLE INITIALLY DEFERRED`,
    );
    shop.after = async ({ run, client, key }) => {
      if (run === 1)
        await client.query(`INSERT INTO "${shop.place.schema}".orders (key, run) VALUES ($1, 0)`, [key]);
      return { run };
    };
    const failed = await shop.order('a');
    expect(failed).toMatchObject({ status: 503, json: { code: 'IDEMPOTENCY_STORE_UNAVAILABLE' } });
    expect(failed.json.detail).toMatch(/rolled back/);
    expect(failed.headers.get('retry-after')).toBe('1');
    expect(await shop.orders('a')).toEqual([]);
    expect(await records()).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
    expect(await shop.orders('a')).toEqual([2]);
    expect(shop.outcomes).toEqual(['released', 'recorded']);
  });

  it('a commit of which nobody says anything is not told as a success, and its key is left to its lease', async () => {
    const runner = ending(async (commit) => {
      await commit();
      throw new Error('the reply is lost');
    });
    await open({ runner });
    const { store } = shop;
    const down = () => Promise.reject(new Error('down'));
    Object.assign(store, { look: down, release: down });
    const unknown = await shop.order('a');
    expect(unknown).toMatchObject({ status: 503, json: { code: 'IDEMPOTENCY_STORE_UNAVAILABLE' } });
    expect(unknown.json.detail).toMatch(/cannot be told/);
    delete (store as Partial<typeof store>).look;
    delete (store as Partial<typeof store>).release;
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
    expect(await shop.orders('a')).toEqual([1]);
  });

  it.each(['in the handler', 'before the record is completed'])(
    'the loss of the connection %s leaves neither, and the retry runs',
    async (when) => {
      await open();
      let pid = 0;
      const terminate = () => shop.place.pool.query('SELECT pg_terminate_backend($1)', [pid]);
      shop.after = async ({ run, client }) => {
        if (run > 1) return { run };
        pid = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
        if (when === 'in the handler') {
          const ended = new Promise((resolve) => client.once('error', resolve));
          await terminate();
          await ended;
          await client.query('SELECT 1');
        }
        return { run };
      };
      setFaultPoints(shop.app.app, async (point) => {
        if (point === 'before-save' && shop.runs === 1) await terminate();
      });
      const { status } = await shop.order('a');
      expect(status).toBe(when === 'in the handler' ? 500 : 503);
      expect(await shop.orders('a')).toEqual([]);
      expect(await records()).toEqual([]);
      expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
      expect(await shop.orders('a')).toEqual([2]);
    },
  );

  it('a statement that failed, and was caught, is no success: nothing of the transaction can be kept', async () => {
    await open();
    shop.after = async ({ run, client }) => {
      if (run === 1) await client.query('SELECT 1/0').catch(() => undefined);
      return { run };
    };
    expect(await shop.order('a')).toMatchObject({ status: 503 });
    expect(await shop.orders('a')).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
  });

  it('a nested transaction that fails is rolled back alone', async () => {
    await open();
    shop.after = async ({ run, key }) => {
      await shop.transactions
        .run(async (client) => {
          await client.query(`INSERT INTO "${shop.place.schema}".orders (key, run) VALUES ($1, 77)`, [key]);
          throw new Error('not this part');
        })
        .catch(() => undefined);
      await shop.transactions.run((client) =>
        client.query(`INSERT INTO "${shop.place.schema}".orders (key, run) VALUES ($1, 88)`, [key]),
      );
      return { run };
    };
    expect(await shop.order('a')).toMatchObject({ status: 201 });
    expect(await shop.orders('a')).toEqual([1, 88]);
  });

  it('a client that leaves changes nothing: order and answer are committed', async () => {
    await open();
    const goOn = new Gate();
    shop.after = async ({ run }) => {
      await goOn.pass();
      return { run };
    };
    const leaving = leave('a');
    await goOn.reached;
    await gone(leaving);
    goOn.open();
    await until(() => shop.outcomes.length > 0);
    expect(shop.outcomes).toEqual(['recorded']);
    expect(await shop.orders('a')).toEqual([1]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
  });

  it('a client that leaves a handler that fails leaves no transaction behind', async () => {
    await open({ route: { lease: 300 } });
    const goOn = new Gate();
    shop.after = async ({ run }) => {
      if (run > 1) return { run };
      await goOn.pass();
      throw new Error('failed');
    };
    const leaving = leave('a');
    await goOn.reached;
    await gone(leaving);
    goOn.open();
    await until(() => shop.outcomes.length > 0);
    expect(shop.outcomes).toEqual(['released']);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
    expect(await shop.orders('a')).toEqual([2]);
  });

  it('a stream that reads from the transaction is committed with its last byte', async () => {
    await open();
    shop.after = ({ client }) =>
      new StreamableFile(
        Readable.from(
          (async function* () {
            for (let i = 0; i < 3; i++) {
              const { rows } = await client.query<{ text: string }>('SELECT $1::text AS text', [
                `part ${i};`,
              ]);
              yield rows[0]!.text;
            }
          })(),
        ),
      );
    const first = await shop.order('a');
    expect(first).toMatchObject({ status: 201, text: 'part 0;part 1;part 2;' });
    expect(await shop.order('a')).toMatchObject({ status: 201, text: first.text, replayed: true });
    expect(await shop.orders('a')).toEqual([1]);
  });

  it('a stream that breaks off is rolled back', async () => {
    await open();
    shop.after = ({ run }) =>
      run > 1
        ? { run }
        : new StreamableFile(
            Readable.from(
              (async function* () {
                yield 'x'.repeat(100_000);
                throw new Error('the disk is gone');
              })(),
            ),
          );
    await shop.order('a').catch(() => undefined);
    await until(() => shop.outcomes.length > 0);
    expect(await shop.orders('a')).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
    expect(await shop.orders('a')).toEqual([2]);
  });

  it('a handler that outlasts the patience of an interceptor commits what it did, for the retry', async () => {
    const patience: NestInterceptor = {
      intercept: (_: unknown, next: CallHandler) =>
        race(
          from(next.handle()),
          timer(30).pipe(mergeMap(() => throwError(() => new RequestTimeoutException()))),
        ),
    };
    await open({ decorators: [UseInterceptors(patience)] });
    const goOn = new Gate();
    shop.after = async ({ run, client }) => {
      await goOn.pass();
      await client.query('SELECT 1');
      return { run };
    };
    expect(await shop.order('a')).toMatchObject({ status: 408 });
    expect(await shop.orders('a')).toEqual([]);
    goOn.open();
    await until(() => shop.outcomes.length > 0);
    expect(shop.outcomes).toEqual(['recorded']);
    expect(await shop.orders('a')).toEqual([1]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
  });

  it('an error after the handler rolls back what it did', async () => {
    let fails = true;
    const failing: NestInterceptor = {
      intercept: (_: unknown, next: CallHandler) =>
        next.handle().pipe(
          mergeMap((value: unknown) => {
            if (!fails) return [value];
            fails = false;
            throw new RequestTimeoutException('after the handler');
          }),
        ),
    };
    await open({ decorators: [UseInterceptors(failing)] });
    expect(await shop.order('a')).toMatchObject({ status: 408 });
    expect(await shop.orders('a')).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
    expect(await shop.orders('a')).toEqual([2]);
  });

  it('no transaction to be had: 503, and nothing ran', async () => {
    const runner = ending(async () => Promise.reject(new Error('no connection')));
    await open({ runner });
    expect(await shop.order('a')).toMatchObject({
      status: 503,
      json: { code: 'IDEMPOTENCY_STORE_UNAVAILABLE' },
    });
    expect(shop.runs).toBe(0);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 } });
  });

  it('no connection stays with a request that is over', async () => {
    await open();
    shop.after = ({ run }) => {
      if (run % 2) throw new Error('odd');
      return { run };
    };
    for (let i = 0; i < 20; i++) await shop.order(`key-${i % 10}`);
    const { totalCount, idleCount } = shop.place.pool;
    expect(idleCount).toBe(totalCount);
  });
});

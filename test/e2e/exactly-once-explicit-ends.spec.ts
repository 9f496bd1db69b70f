import { request } from 'node:http';
import { Readable } from 'node:stream';
import {
  HttpCode,
  RequestTimeoutException,
  StreamableFile,
  UseInterceptors,
  type CallHandler,
  type NestInterceptor,
} from '@nestjs/common';
import { setFaultPoints } from 'nestjs-idempotency/testing';
import { from, mergeMap, race, throwError, timer } from 'rxjs';
import { PLATFORMS } from '../support/create-app.js';
import { Gate, until } from '../support/fault-gate.js';
import { ExplicitShop, type ExplicitShopOptions, type Visit } from './exactly-once-explicit.shop.js';

const failure = (code: string) => Object.assign(new Error('could not serialize'), { code });

/** Does to each value of the handler what `change` does. */
const changing = (change: (value: unknown) => unknown): NestInterceptor => ({
  intercept: (_: unknown, next: CallHandler) =>
    next.handle().pipe(mergeMap(async (value: unknown) => change(value))),
});

describe.each(PLATFORMS)('how a transaction of commitWith() ends on %s', (platform) => {
  let shop: ExplicitShop;
  const open = async (options?: ExplicitShopOptions) => (shop = await ExplicitShop.open(platform, options));
  afterEach(() => shop.close());

  const records = () => shop.place.rows('SELECT id FROM $table');
  /** The first run does `odd`, all others what is usual. */
  const first = (odd: (visit: Visit) => unknown) => {
    const usual = shop.handle;
    shop.handle = (visit) => (visit.run === 1 ? odd(visit) : usual(visit));
  };
  const runsAgain = async () => {
    expect(await shop.orders()).toEqual([]);
    expect(await records()).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
    expect(await shop.orders()).toEqual([2]);
  };

  it('a commit that fails is not told as a success: 503, and the retry runs', async () => {
    await open();
    await shop.place.pool.query(
      `ALTER TABLE "${shop.place.schema}".orders ADD CONSTRAINT one UNIQUE (xid) DEFERRABLE INITIALLY DEFERRED`,
    );
    first((visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        await shop.insert(client, visit);
        return visit.context.commitWith(client, {});
      }),
    );
    const failed = await shop.order('a');
    expect(failed).toMatchObject({ status: 503, json: { code: 'IDEMPOTENCY_STORE_UNAVAILABLE' } });
    expect(failed.json.detail).toMatch(/rolled back/);
    await runsAgain();
    expect(shop.outcomes).toEqual(['released', 'recorded']);
  });

  it('a commit whose reply is lost is found out about: the answer is sent', async () => {
    await open();
    shop.handle = async (visit) => {
      await shop.begin(async (client) => {
        await shop.insert(client, visit);
        await visit.context.commitWith(client, { run: visit.run });
      });
      throw new Error('the reply is lost');
    };
    const answer = await shop.order('a');
    expect(answer).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.order('a')).toMatchObject({ text: answer.text, replayed: true });
    expect(await shop.together()).toEqual([true]);
    expect(shop.outcomes).toEqual(['recorded', 'replayed']);
  });

  it('what fails after it, in the transaction, takes the answer back', async () => {
    await open();
    first((visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        await visit.context.commitWith(client, { run: visit.run });
        throw new Error('it was not the last statement');
      }),
    );
    expect(await shop.order('a')).toMatchObject({ status: 503 });
    await runsAgain();
  });

  it.each(['in the handler', 'before the record is completed'])(
    'the loss of the connection %s leaves neither, and the retry runs',
    async (when) => {
      await open();
      let pid = 0;
      const terminate = () => shop.place.pool.query('SELECT pg_terminate_backend($1)', [pid]);
      first((visit) =>
        shop.begin(async (client) => {
          await shop.insert(client, visit);
          pid = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
          if (when === 'in the handler') {
            const ended = new Promise((resolve) => client.once('error', resolve));
            await terminate();
            await ended;
          }
          return visit.context.commitWith(client, {});
        }),
      );
      setFaultPoints(shop.app.app, async (point) => {
        if (point === 'before-save' && shop.runs === 1 && when !== 'in the handler') await terminate();
      });
      expect(await shop.order('a')).toMatchObject({ status: 503 });
      await runsAgain();
    },
  );

  it('a statement that failed, and was caught, is no success', async () => {
    await open();
    first((visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        await client.query('SELECT 1/0').catch(() => undefined);
        return visit.context.commitWith(client, {});
      }),
    );
    expect(await shop.order('a')).toMatchObject({ status: 503 });
    await runsAgain();
  });

  it('an interceptor that fails after it has the handler roll back, and its error is the answer', async () => {
    let fails = true;
    const failing = changing((value) => {
      if (!fails) return value;
      fails = false;
      throw new RequestTimeoutException('after the handler');
    });
    await open({ decorators: [UseInterceptors(failing)] });
    expect(await shop.order('a')).toMatchObject({ status: 408, json: { message: 'after the handler' } });
    expect(shop.failures).toMatchObject([{ message: 'after the handler' }]);
    await runsAgain();
  });

  it('an answer that is not to be recorded has the handler roll back', async () => {
    await open({ decorators: [HttpCode(503)] });
    expect(await shop.order('a')).toMatchObject({ status: 503, json: { run: 1 } });
    expect(await shop.order('a')).toMatchObject({ status: 503, json: { run: 2 }, replayed: false });
    expect(await shop.orders()).toEqual([]);
    expect(await records()).toEqual([]);
  });

  it('a client that leaves changes nothing: order and answer are committed', async () => {
    await open();
    const goOn = new Gate();
    first((visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        await goOn.pass();
        return visit.context.commitWith(client, { run: visit.run });
      }),
    );
    const leaving = request(`${shop.app.url}/orders`, {
      method: 'POST',
      headers: { 'idempotency-key': 'a', 'content-type': 'application/json' },
    });
    leaving.on('error', () => undefined);
    leaving.end('{"item":"tea"}');
    await goOn.reached;
    const gone = new Promise((resolve) => leaving.once('close', resolve));
    leaving.destroy();
    await gone;
    goOn.open();
    await until(() => shop.outcomes.length > 0);
    expect(shop.outcomes).toEqual(['recorded']);
    expect(await shop.together()).toEqual([true]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
  });

  it('a handler that outlasts the patience of an interceptor commits with its own answer, for the retry', async () => {
    const patience: NestInterceptor = {
      intercept: (_: unknown, next: CallHandler) =>
        race(
          from(next.handle()),
          timer(30).pipe(mergeMap(() => throwError(() => new RequestTimeoutException()))),
        ),
    };
    await open({ decorators: [UseInterceptors(patience)] });
    const goOn = new Gate();
    first((visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        await goOn.pass();
        return visit.context.commitWith(client, { run: visit.run });
      }),
    );
    expect(await shop.order('a')).toMatchObject({ status: 408 });
    expect(await shop.orders()).toEqual([]);
    goOn.open();
    await until(() => shop.outcomes.length > 0);
    expect(shop.outcomes).toEqual(['recorded']);
    expect(await shop.together()).toEqual([true]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
  });

  it('a stream that reads from the transaction is committed with its last byte', async () => {
    await open();
    shop.handle = (visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        async function* parts() {
          for (let i = 0; i < 3; i++) {
            const { rows } = await client.query<{ text: string }>('SELECT $1::text AS text', [`part ${i};`]);
            yield rows[0]!.text;
          }
        }
        return visit.context.commitWith(client, new StreamableFile(Readable.from(parts())));
      });
    const answer = await shop.order('a');
    expect(answer).toMatchObject({ status: 201, text: 'part 0;part 1;part 2;' });
    expect(await shop.order('a')).toMatchObject({ text: answer.text, replayed: true });
    expect(await shop.together()).toEqual([true]);
  });

  it('a stream that breaks off is rolled back', async () => {
    await open();
    first((visit) =>
      shop.begin(async (client) => {
        await shop.insert(client, visit);
        async function* parts() {
          yield 'x'.repeat(100_000);
          throw new Error('the disk is gone');
        }
        return visit.context.commitWith(client, new StreamableFile(Readable.from(parts())));
      }),
    );
    await shop.order('a').catch(() => undefined);
    await until(() => shop.outcomes.length > 0);
    await runsAgain();
  });

  it.each(['40001', '40P01'])('a handler whose transaction lost (%s) is run again', async (code) => {
    await open();
    const usual = shop.handle;
    shop.handle = (visit) =>
      visit.run < 3
        ? shop.begin(async (client) => {
            await shop.insert(client, visit);
            throw new Error('as an ORM says it', { cause: failure(code) });
          })
        : usual(visit);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 3 } });
    expect(await shop.orders()).toEqual([3]);
    expect(shop.outcomes).toEqual(['recorded']);
  });

  it('one that lost at its commit is not: 503, and the retry runs', async () => {
    await open();
    first(async (visit) => {
      const other = await shop.place.pool.connect();
      await shop.place.pool.query(`CREATE TABLE "${shop.place.schema}".stock (n int)`);
      const count = `SELECT count(*) FROM "${shop.place.schema}".stock`;
      const take = `INSERT INTO "${shop.place.schema}".stock VALUES (1)`;
      try {
        return await shop.begin(async (client) => {
          await other.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
          await client.query(count);
          await other.query(count);
          await client.query(take);
          await shop.insert(client, visit);
          const result = await visit.context.commitWith(client, { run: visit.run });
          // Both have read what the other one wrote.
          await other.query(take);
          await other.query('COMMIT');
          return result;
        }, 'BEGIN ISOLATION LEVEL SERIALIZABLE');
      } finally {
        other.release();
      }
    });
    expect(await shop.order('a')).toMatchObject({ status: 503 });
    expect(shop.failures).toMatchObject([{ code: '40001' }]);
    await runsAgain();
  });
});

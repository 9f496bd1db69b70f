import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/node-postgres';
import { sql } from 'drizzle-orm';
import { IdempotencyConfigurationError } from '../../lib/errors/idempotency-configuration.error.js';
import { kyselyTransactions, PostgresStore } from '../../lib/store/postgres/index.js';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { openPlace, type Place } from '../support/postgres-store.js';
import { begin, KEPT, RESPONSE } from '../support/redis-round-trip.js';

describe('what a PostgresStore takes as a transaction', () => {
  let place: Place;
  beforeAll(async () => (place = await openPlace()));
  afterAll(() => place.close());

  it('is not what commits each statement by itself, or cannot query', async () => {
    const store = place.store();
    const { ref } = await begin(store);
    const complete = (tx: unknown) => store.completeWithin(tx, ref, RESPONSE, KEPT);
    await expect(complete(place.pool)).rejects.toThrow(/a Pool is not a transaction/);
    for (const nothing of [undefined, null, 5, 'tx', {}, () => 1]) {
      await expect(complete(nothing)).rejects.toThrow(/cannot run a query/);
      await expect(complete(nothing)).rejects.toBeInstanceOf(IdempotencyConfigurationError);
    }
    expect(await store.look(ref.id)).toMatchObject({ state: 'in-progress' });
  });

  it('is that of a PGlite', async () => {
    const client = new PGlite();
    const store = new PostgresStore({ client, purgeInterval: false });
    for (const { sql: step } of store.migrations()) await client.exec(step);
    const undone = await begin(store);
    await client.transaction(async (tx) => {
      await store.completeWithin(tx, undone.ref, RESPONSE, KEPT);
      await tx.rollback();
    });
    expect(await store.look(undone.ref.id)).toMatchObject({ state: 'in-progress' });
    const { ref } = await begin(store);
    await client.transaction((tx) => store.completeWithin(tx, ref, RESPONSE, KEPT));
    expect(await store.look(ref.id)).toMatchObject({ state: 'completed', response: RESPONSE });
    await client.close();
  });

  it('of another library, fails with the SQLSTATE, and says nothing of what was in it', async () => {
    const store = place.store();
    const { ref } = await begin(store);
    const db = drizzle({ client: place.pool });
    let refusal: unknown;
    await db
      .transaction(async (tx) => {
        await tx.execute(sql`SELECT 1/0`).catch(() => undefined);
        await store.completeWithin(tx, ref, RESPONSE, KEPT).catch((error: unknown) => (refusal = error));
        throw new Error('roll back');
      })
      .catch(() => undefined);
    expect(refusal).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE', cause: { code: '25P02' } });
    expect(String((refusal as Error).cause)).not.toContain('idempotency_records');
  });
});

describe('kyselyTransactions', () => {
  let place: Place;
  let db: Kysely<{ orders: { id: string } }>;
  beforeAll(async () => {
    place = await openPlace();
    await place.pool.query(`CREATE TABLE "${place.schema}".orders (id text)`);
    db = new Kysely<{ orders: { id: string } }>({ dialect: new PostgresDialect({ pool: place.pool }) });
  });
  afterAll(() => place.close());

  const insert = (tx: Transaction<{ orders: { id: string } }>, id: string) =>
    tx.withSchema(place.schema).insertInto('orders').values({ id }).execute();
  const level = async (tx: unknown) => {
    const { rows } = await (
      tx as { executeQuery(query: unknown): Promise<{ rows: unknown[] }> }
    ).executeQuery({
      ...{ sql: 'SHOW transaction_isolation', parameters: [] },
      ...{ query: { kind: 'RawNode', sqlFragments: [], parameters: [] }, queryId: { queryId: 'q' } },
    });
    return rows;
  };

  it('knows the current transaction, and a nested one is rolled back alone', async () => {
    const transactions = kyselyTransactions(db);
    expect(transactions.current()).toBeUndefined();
    await transactions.run(async (tx) => {
      expect(transactions.current()).toBe(tx);
      await insert(tx, 'kept');
      const failed = transactions.run(async (inner) => {
        expect(inner).toBe(tx);
        await insert(inner, 'undone');
        throw new Error('not this part');
      });
      await expect(failed).rejects.toThrow('not this part');
      await transactions.run((inner) => insert(inner, 'kept, too'));
    });
    const rows = await place.rows(`SELECT id FROM "${place.schema}".orders ORDER BY id`);
    expect(rows).toEqual([{ id: 'kept' }, { id: 'kept, too' }]);
  });

  it('has the isolation that it is told', async () => {
    await kyselyTransactions(db).run(async (tx) =>
      expect(await level(tx)).toEqual([{ transaction_isolation: 'read committed' }]),
    );
    await kyselyTransactions(db, { isolation: 'serializable' }).run(async (tx) =>
      expect(await level(tx)).toEqual([{ transaction_isolation: 'serializable' }]),
    );
    expect(() => kyselyTransactions(db, { isolation: 'none' as never })).toThrow(
      /kyselyTransactions: isolation is one of/,
    );
  });

  it('gives nothing to code that goes on when its transaction is over', async () => {
    const transactions = kyselyTransactions(db);
    let goOn!: () => void;
    const gone = new Promise<void>((resolve) => (goOn = resolve));
    const { late } = await transactions.run(async () => ({ late: gone.then(() => transactions.current()) }));
    goOn();
    await expect(late).rejects.toThrow(/transaction is over/);
  });
});

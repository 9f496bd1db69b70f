// The transactions of several libraries, on the Postgres of this run.
import { drizzle as drizzleOfPg } from 'drizzle-orm/node-postgres';
import { sql as drizzleSql } from 'drizzle-orm';
import { CamelCasePlugin, Kysely, PostgresDialect, sql as kyselySql } from 'kysely';
import { DataSource } from 'typeorm';
import { databaseUrl } from '../support/postgres-store.js';
import type { Place } from '../support/postgres-store.js';

/** Writes an order in the transaction that it belongs to. */
export type Insert = (key: string, run: number) => Promise<unknown>;

/** One transaction: what the library gives, and what to do with it. */
export interface Opened {
  readonly tx: unknown;
  readonly insert: Insert;
  /** Runs `work` in a savepoint. */
  nested(work: (insert: Insert) => Promise<void>): Promise<void>;
}

export interface Library {
  begin<T>(work: (opened: Opened) => Promise<T>): Promise<T>;
  /** What could be taken for a transaction. */
  readonly outside: unknown;
  close(): Promise<unknown>;
}

/** In the schema of the place. */
const tableOf = ({ schema }: Place) => `"${schema}".orders`;

function kysely(place: Place, plugins: CamelCasePlugin[]): Library {
  interface Database {
    orders: { key: string; run: number };
  }
  const dialect = new PostgresDialect({ pool: place.pool });
  const db = new Kysely<Database>({ dialect, plugins });
  const open = (tx: Kysely<Database>): Opened => ({
    tx,
    insert: (key, run) => tx.withSchema(place.schema).insertInto('orders').values({ key, run }).execute(),
    nested: async (work) => {
      await kyselySql`SAVEPOINT part`.execute(tx);
      try {
        await work(open(tx).insert);
      } catch {
        await kyselySql`ROLLBACK TO SAVEPOINT part`.execute(tx);
      }
      await kyselySql`RELEASE SAVEPOINT part`.execute(tx);
    },
  });
  return {
    begin: (work) => db.transaction().execute((tx) => work(open(tx))),
    outside: db,
    // Its pool is that of the place.
    close: async () => undefined,
  };
}

async function typeorm(place: Place): Promise<Library> {
  const source = await new DataSource({ type: 'postgres', url: databaseUrl() }).initialize();
  type Manager = DataSource['manager'];
  const open = (tx: Manager): Opened => ({
    tx,
    insert: (key, run) => tx.query(`INSERT INTO ${tableOf(place)} (key, run) VALUES ($1, $2)`, [key, run]),
    nested: (work) => tx.transaction((inner) => work(open(inner).insert)).catch(() => undefined),
  });
  return {
    begin: (work) => source.transaction((tx) => work(open(tx))),
    outside: source.manager,
    close: () => source.destroy(),
  };
}

async function typeormRunner(place: Place): Promise<Library> {
  const source = await new DataSource({ type: 'postgres', url: databaseUrl() }).initialize();
  const runner = source.createQueryRunner();
  const insert: Insert = (key, run) =>
    runner.query(`INSERT INTO ${tableOf(place)} (key, run) VALUES ($1, $2)`, [key, run]);
  const nested: Opened['nested'] = async (work) => {
    await runner.startTransaction();
    await work(insert).then(
      () => runner.commitTransaction(),
      () => runner.rollbackTransaction(),
    );
  };
  return {
    begin: async (work) => {
      await runner.startTransaction();
      try {
        const result = await work({ tx: runner, insert, nested });
        await runner.commitTransaction();
        return result;
      } catch (error) {
        await runner.rollbackTransaction();
        throw error;
      }
    },
    outside: source,
    close: async () => {
      await runner.release();
      await source.destroy();
    },
  };
}

function drizzle(place: Place, db: ReturnType<typeof drizzleOfPg>) {
  type Transaction = Pick<typeof db, 'execute'> & {
    transaction(work: (inner: Transaction) => Promise<void>): Promise<void>;
  };
  const table = drizzleSql.raw(tableOf(place));
  const open = (tx: Transaction): Opened => ({
    tx,
    insert: async (key, run) =>
      tx.execute(drizzleSql`INSERT INTO ${table} (key, run) VALUES (${key}, ${run})`),
    nested: (work) => tx.transaction((inner) => work(open(inner).insert)).catch(() => undefined),
  });
  const begin = async <T>(work: (opened: Opened) => Promise<T>): Promise<T> =>
    db.transaction((tx) => work(open(tx as unknown as Transaction))) as Promise<T>;
  return { begin, outside: db };
}

export const LIBRARIES: Readonly<Record<string, (place: Place) => Library | Promise<Library>>> = {
  Kysely: (place) => kysely(place, []),
  'Kysely with names in camel case': (place) => kysely(place, [new CamelCasePlugin()]),
  TypeORM: typeorm,
  'a QueryRunner of TypeORM': typeormRunner,
  'Drizzle on pg': (place) => ({
    ...drizzle(place, drizzleOfPg({ client: place.pool })),
    close: async () => undefined,
  }),
};

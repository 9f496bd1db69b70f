// Stores on the Postgres of this run, each with a schema of its own.
import { randomBytes } from 'node:crypto';
import { Pool, type PoolConfig } from 'pg';
import { PostgresStore, type PostgresStoreOptions } from '../../lib/store/postgres/index.js';

export const databaseUrl = (): string => process.env.TEST_DATABASE_URL!;

/** A pool that survives the loss of its idle connections. */
export function openPool(options: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString: databaseUrl(), ...options });
  pool.on('error', () => undefined);
  return pool;
}

export interface Place {
  readonly pool: Pool;
  readonly schema: string;
  /** A store there; without a timer. */
  store(options?: Partial<PostgresStoreOptions>): PostgresStore;
  /** Rows of a query whose `$table` is the table of records. */
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Makes a schema, and the table in it unless told otherwise. */
export async function openPlace({ migrated = true, ...options }: PoolConfig & { migrated?: boolean } = {}) {
  const pool = openPool(options);
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const place: Place = {
    pool,
    schema,
    store: (more) => new PostgresStore({ client: pool, schema, purgeInterval: false, ...more }),
    rows: async (sql, values) => {
      const { rows } = await pool.query(sql.replaceAll('$table', `"${schema}".idempotency_records`), values);
      return rows;
    },
    close: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await pool.end();
    },
  };
  if (migrated) for (const { sql } of place.store().migrations()) await pool.query(sql);
  return place;
}

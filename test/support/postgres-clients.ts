// Each way to Postgres that the documentation names, as an application would set it up.
import { Client, type PoolConfig } from 'pg';
import postgres from 'postgres';
import type { PostgresStoreOptions } from '../../lib/store/postgres/index.js';
import { databaseUrl, openPool } from './postgres-store.js';

export interface OpenClient {
  /** Of a store. */
  readonly options: Pick<PostgresStoreOptions, 'client' | 'listen'>;
  close(): Promise<void>;
}

/** A `pg` Pool. */
export function openPg(options: PoolConfig = {}): OpenClient {
  const pool = openPool(options);
  return { options: { client: pool }, close: () => pool.end() };
}

/** What the package `postgres` makes. */
export function openPostgresJs(
  options: postgres.Options<Record<string, postgres.PostgresType>> = {},
  url = databaseUrl(),
): OpenClient {
  const sql = postgres(url, { max: 4, onnotice: () => undefined, ...options });
  return { options: { client: sql }, close: () => sql.end({ timeout: 1 }) };
}

/** A `pg` Pool of one through a PgBouncer, and one that listens past it. */
export function openPastPgbouncer(url: string): OpenClient {
  const pool = openPool({ connectionString: url, max: 1 });
  const listen = (): Client => new Client({ connectionString: databaseUrl() });
  return { options: { client: pool, listen }, close: () => pool.end() };
}

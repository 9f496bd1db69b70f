// A database of its own for a shop, on the Postgres of this run.
import { randomBytes } from 'node:crypto';
import { databaseUrl, openPool } from '../support/postgres-store.js';

export interface Database {
  readonly url: string;
  /** Rows of a query in it. */
  rows<Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<Row[]>;
  /** Ends all connections to it, and lets nobody in. */
  shut(): Promise<void>;
  /** Lets everybody in again. */
  open(): Promise<void>;
  /** Removes it. Fails when somebody is still connected. */
  drop(): Promise<void>;
}

export async function createDatabase(): Promise<Database> {
  const name = `shop_${randomBytes(6).toString('hex')}`;
  const url = new URL(databaseUrl());
  url.pathname = `/${name}`;
  const server = openPool({ max: 1 });
  await server.query(`CREATE DATABASE ${name}`);
  const inside = openPool({ connectionString: url.href, max: 1 });
  return {
    url: url.href,
    async rows<Row>(sql: string, ...values: unknown[]) {
      return (await inside.query(sql, values)).rows as Row[];
    },
    async shut() {
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    },
    async open() {
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    },
    async drop() {
      await inside.end();
      await server.query(`DROP DATABASE ${name}`);
      await server.end();
    },
  };
}

import { PGlite } from '@electric-sql/pglite';
import Database from 'libsql';
import { Client, Pool, type PoolClient } from 'pg';
import postgres from 'postgres';
import type { TransactionRunner } from '../../../../lib/index.js';
import {
  pgTransactions,
  PostgresStore,
  type CreateListener,
  type PostgresClient,
  type PostgresJsClient,
} from '../../../../lib/store/postgres/index.js';
import { SqliteStore, type SqliteHandle } from '../../../../lib/store/sqlite/index.js';

// What is proved here is proved by the compiler: the real clients fit, without a cast.
describe('the clients of SQL stores', () => {
  it('pg fits, and does not connect before it is asked', async () => {
    const pool = new Pool();
    const client: PostgresClient = pool;
    const listen: CreateListener = () => new Client();
    expect(new PostgresStore({ client, listen }).capabilities.notifies).toBe(true);
    expect(new PostgresStore({ client }).capabilities.notifies).toBe(true);
    expect(new PostgresStore({ client, listen: false }).capabilities.notifies).toBe(false);
    const transactions: TransactionRunner = pgTransactions<PoolClient>(pool);
    expect(transactions.run).toBeInstanceOf(Function);
    expect(pool.totalCount).toBe(0);
    await pool.end();
  });

  it('the package postgres fits, however it was set up', async () => {
    const plain = postgres();
    const typed = postgres({ types: { bigint: postgres.BigInt }, transform: postgres.camel });
    const clients: PostgresJsClient[] = [plain, typed];
    for (const client of clients) expect(new PostgresStore({ client }).capabilities.notifies).toBe(true);
    expect(new PostgresStore({ client: plain, listen: false }).capabilities.notifies).toBe(false);
    expect(new PostgresStore({ client: plain, listen: () => new Client() }).capabilities.notifies).toBe(true);
    await Promise.all([plain.end(), typed.end()]);
  });

  it('a PGlite fits', async () => {
    const client: PGlite | undefined = undefined as PGlite | undefined;
    const fits = (lite: PGlite): PostgresClient => lite;
    expect(client && fits(client)).toBeUndefined();
  });

  it('what has only query() fits, and cannot listen', () => {
    const client: PostgresClient = {
      query: async <T>(_query: string, _params?: unknown[]): Promise<{ rows: T[] }> => ({ rows: [] }),
    };
    expect(new PostgresStore({ client }).capabilities.notifies).toBe(false);
  });

  it('libsql fits', () => {
    const database: SqliteHandle = new Database(':memory:');
    expect(new SqliteStore({ database }).capabilities.shared).toBe(true);
  });
});

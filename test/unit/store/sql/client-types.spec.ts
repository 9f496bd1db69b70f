import Database from 'libsql';
import { Client, Pool } from 'pg';
import {
  PostgresStore,
  type CreateListener,
  type PostgresClient,
} from '../../../../lib/store/postgres/index.js';
import { SqliteStore, type SqliteHandle } from '../../../../lib/store/sqlite/index.js';

// What is proved here is proved by the compiler: the real clients fit, without a cast.
describe('the clients of SQL stores', () => {
  it('pg fits, a PGlite would, and neither connects before it is asked', async () => {
    const pool = new Pool();
    const client: PostgresClient = pool;
    const listen: CreateListener = () => new Client();
    expect(new PostgresStore({ client, listen }).capabilities.notifies).toBe(true);
    expect(new PostgresStore({ client }).capabilities.notifies).toBe(true);
    expect(new PostgresStore({ client, listen: false }).capabilities.notifies).toBe(false);
    const lite: PostgresClient = {
      query: async <T>(
        _query: string,
        _params?: unknown[],
      ): Promise<{ rows: T[]; affectedRows?: number }> => ({
        rows: [],
      }),
    };
    expect(new PostgresStore({ client: lite }).capabilities.notifies).toBe(false);
    expect(pool.totalCount).toBe(0);
    await pool.end();
  });

  it('libsql fits', () => {
    const database: SqliteHandle = new Database(':memory:');
    expect(new SqliteStore({ database }).capabilities.shared).toBe(true);
  });
});

import { pgTransactions, PostgresStore } from 'nestjs-idempotency/postgres';
import { Pool, type PoolClient } from 'pg';
import { MIGRATIONS, SHOP_SCHEMA } from './postgres.migrations.js';
import type { ShopDatabase } from './shop-database.js';

/** Any number: whoever else migrates the shop waits for it. */
const LOCK = 5_043_201_877;

/** Brings the tables of the shop and of the library up to date. May be run again, and by several at once. */
export async function migratePostgres(url: string): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1 });
  try {
    await pgTransactions<PoolClient>(pool).run(migrateShop);
    await new PostgresStore({ client: pool, schema: SHOP_SCHEMA }).migrate();
  } finally {
    await pool.end();
  }
}

async function migrateShop(client: PoolClient): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${SHOP_SCHEMA};
    CREATE TABLE IF NOT EXISTS shop.migrations (
      version integer PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
  const { rows } = await client.query<{ version: number }>('SELECT version FROM shop.migrations');
  const done = new Set(rows.map(({ version }) => version));
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (done.has(index + 1)) continue;
    await client.query(sql);
    await client.query('INSERT INTO shop.migrations (version) VALUES ($1)', [index + 1]);
  }
}

/** Throws an error that says what to do, unless the tables are those that this version of the shop needs, or newer. */
export async function checkMigrations(database: ShopDatabase): Promise<void> {
  const [found] = await database.rows<{ there: boolean }>(
    `SELECT to_regclass('shop.migrations') IS NOT NULL AS there`,
  );
  const sql = 'SELECT count(*)::int AS steps FROM shop.migrations';
  const [migrated] = found?.there ? await database.rows<{ steps: number }>(sql) : [];
  if ((migrated?.steps ?? 0) >= MIGRATIONS.length) return;
  throw new Error('The tables of the shop are missing or old. Run: node dist/sample/migrate.js');
}

import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import type { RawRow } from '../sql/row.js';
import type { SqliteHandle } from './sqlite-handle.js';
import { SQLITE_SCHEMA_VERSION, sqliteMigrations, type SqliteNames } from './sqlite-migrations.js';
import { COLUMNS } from '../sql/record-sql.js';

/** Brings the schema up to date, in one transaction. */
export function migrateSqlite(handle: SqliteHandle, table: string | undefined): void {
  handle.exec('BEGIN IMMEDIATE');
  try {
    for (const { sql } of sqliteMigrations(table === undefined ? {} : { table })) handle.exec(sql);
    handle.exec('COMMIT');
  } catch (error) {
    handle.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Whether the table is what this version needs. A newer schema will do: migrations only ever add.
 *
 * @throws IdempotencyConfigurationError when it is not, with what to do
 */
export function checkSqliteSchema(handle: SqliteHandle, { table, fence, versions }: SqliteNames): void {
  const rows = (sql: string): RawRow[] => handle.prepare(sql).all() as RawRow[];
  const columns = (name: string): unknown[] =>
    rows(`SELECT name FROM pragma_table_info('${name.slice(1, -1)}')`).map(({ name: column }) => column);
  if (rows(`SELECT file FROM pragma_database_list WHERE name = 'main'`)[0]?.file === '') {
    throw problem(
      '`database` is in memory, and forgets all records with the process. Open a file, or use MemoryStore.',
    );
  }
  if ([table, fence, versions].some((name) => columns(name).length === 0)) {
    throw problem(`the table ${table} is not there. ${COMMAND}`);
  }
  const version = Number(rows(`SELECT max(version) AS version FROM ${versions}`)[0]?.version ?? 0);
  if (version < SQLITE_SCHEMA_VERSION) {
    throw problem(
      `the schema of ${table} has version ${version}, and ${SQLITE_SCHEMA_VERSION} is needed. ${COMMAND}`,
    );
  }
  const found = columns(table);
  const missing = COLUMNS.filter((name) => !found.includes(name));
  if (missing.length > 0) throw problem(`${table} has no column ${missing.join(', ')}. ${RESTORE}`);
  const triggers = rows(
    `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '${table.slice(1, -1)}'`,
  );
  if (triggers.length < 2) throw problem(`${table} has lost a trigger that keeps its fences. ${RESTORE}`);
}

const COMMAND = 'Leave `migrate` on, or run what npx nestjs-idempotency migrate --print --sqlite shows.';
const RESTORE = 'Somebody has changed it: restore it, or drop the table and migrate again.';

const problem = (sentence: string): IdempotencyConfigurationError =>
  new IdempotencyConfigurationError([`SqliteStore: ${sentence}`]);

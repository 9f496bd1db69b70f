/** The part of a `node:sqlite` DatabaseSync, a `better-sqlite3` or a `libsql` Database that the store needs. */
export interface SqliteHandle {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

/** A prepared statement. */
export interface SqliteStatement {
  // Each driver has its own type for what it can bind.
  all(...values: never[]): unknown[];
}

/** Whether something is such a handle. */
export function isHandle(value: unknown): value is SqliteHandle {
  const { exec, prepare } = (value ?? {}) as { exec?: unknown; prepare?: unknown };
  return typeof exec === 'function' && typeof prepare === 'function';
}

/** Whether a transaction is open on the handle, of which the next statement would be a part. */
export function isInTransaction(handle: SqliteHandle): boolean {
  const { inTransaction, isTransaction } = handle as { inTransaction?: unknown; isTransaction?: unknown };
  return inTransaction === true || isTransaction === true;
}

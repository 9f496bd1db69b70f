import type { SqliteHandle } from 'nestjs-idempotency/sqlite';

/** What the shop needs of a database of `node:sqlite` or of `libsql`. */
export interface SqliteDatabase extends SqliteHandle {
  close(): unknown;
}

type Driver = new (path: string) => SqliteDatabase;

/** Opens a file with what Node has itself, since 22.13, else with `libsql`. */
export async function openSqlite(path: string): Promise<SqliteDatabase> {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  const builtin = getBuiltinModule?.('node:sqlite') as { DatabaseSync: Driver } | undefined;
  const Database = builtin?.DatabaseSync ?? ((await import('libsql')).default as unknown as Driver);
  return new Database(path);
}

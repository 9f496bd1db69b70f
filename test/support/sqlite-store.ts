// Stores on a file of their own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { SqliteStore, type SqliteStoreOptions } from '../../lib/store/sqlite/index.js';

export interface SqliteFile {
  readonly path: string;
  /** One more handle on the file, as another process would have it. */
  open(): Database.Database;
  /** A store there, on a handle of its own; without a timer. */
  store(options?: Partial<SqliteStoreOptions>): SqliteStore;
  /** Rows of a statement. */
  rows<Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Row[];
  remove(): void;
}

/** Makes a directory for a file. */
export function sqliteFile(): SqliteFile {
  const home = mkdtempSync(join(tmpdir(), 'idempotency-sqlite-'));
  const path = join(home, 'records.db');
  const handles: Database.Database[] = [];
  const open = () => {
    const handle = new Database(path);
    handles.push(handle);
    return handle;
  };
  let own: Database.Database | undefined;
  return {
    path,
    open,
    store: (options) => new SqliteStore({ database: open(), purgeInterval: false, ...options }),
    rows: <Row>(sql: string, ...values: unknown[]) => (own ??= open()).prepare(sql).all(...values) as Row[],
    remove() {
      for (const handle of handles) handle.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

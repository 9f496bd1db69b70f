// Stores on a file of their own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { SqliteStore, type SqliteHandle, type SqliteStoreOptions } from '../../lib/store/sqlite/index.js';

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

type Open = (path: string) => SqliteHandle & { close(): void };

/** Every driver that is here: Node has one of its own since 22.13. */
export const handleKinds: readonly { readonly name: string; readonly open: Open }[] = [
  { name: 'libsql', open: (path) => new Database(path) },
  ...builtin(),
];

function builtin(): { name: string; open: Open }[] {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  const module = getBuiltinModule?.('node:sqlite') as
    { DatabaseSync: new (path: string) => ReturnType<Open> } | undefined;
  return module ? [{ name: 'node:sqlite', open: (path) => new module.DatabaseSync(path) }] : [];
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

import { derived, quoted } from '../sql/identifier.js';
import type { Migration } from '../sql/migration.js';

/** Of the schema that this version of the library needs. */
export const SQLITE_SCHEMA_VERSION = 1;

/** What the store's things are called, quoted. */
export interface SqliteNames {
  readonly table: string;
  readonly fence: string;
  readonly versions: string;
}

/** @throws IdempotencyConfigurationError when it is no name */
export function sqliteNames(table: unknown = 'idempotency_records'): SqliteNames {
  const name = quoted('SqliteStore', 'table', table);
  return { table: name, fence: derived(name, 'fence'), versions: derived(name, 'migrations') };
}

/**
 * All steps of the schema of a `SqliteStore`, oldest first, for the tool that you run yours with. Times are µs since 1970.
 *
 * @throws IdempotencyConfigurationError when the name is not usable
 */
export function sqliteMigrations(options: { readonly table?: string } = {}): readonly Migration[] {
  const names = sqliteNames(options.table);
  return [{ version: 1, name: 'records', sql: records(names) }];
}

// Triggers keep the counter of fences: a fence is never used twice, though its row is gone.
const records = ({ table, fence, versions }: SqliteNames): string => `\
CREATE TABLE IF NOT EXISTS ${versions} (
  version INTEGER PRIMARY KEY,
  applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS ${fence} (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL);
INSERT INTO ${fence} (one, value) VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS ${table} (
  id TEXT NOT NULL PRIMARY KEY,
  format INTEGER NOT NULL,
  phase TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  scope TEXT NOT NULL,
  operation TEXT NOT NULL,
  token TEXT NOT NULL,
  call_id TEXT NOT NULL,
  strict INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  lease_ends INTEGER NOT NULL,
  keep INTEGER NOT NULL,
  ends INTEGER,
  awaited INTEGER NOT NULL,
  response BLOB,
  response_ends INTEGER,
  checksum INTEGER,
  note BLOB,
  effects TEXT
);
CREATE TRIGGER IF NOT EXISTS ${derived(table, 'made')} AFTER INSERT ON ${table} BEGIN
  UPDATE ${fence} SET value = NEW.fence WHERE value < NEW.fence;
END;
CREATE TRIGGER IF NOT EXISTS ${derived(table, 'taken')} AFTER UPDATE OF fence ON ${table} BEGIN
  UPDATE ${fence} SET value = NEW.fence WHERE value < NEW.fence;
END;
CREATE INDEX IF NOT EXISTS ${derived(table, 'scope')} ON ${table} (scope, id);
CREATE INDEX IF NOT EXISTS ${derived(table, 'ends')} ON ${table} (ends) WHERE ends IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${derived(table, 'open')} ON ${table} (id) WHERE phase = 'open';
CREATE INDEX IF NOT EXISTS ${derived(table, 'response')} ON ${table} (response_ends) WHERE response IS NOT NULL;
INSERT INTO ${versions} (version) VALUES (1) ON CONFLICT DO NOTHING;
`;

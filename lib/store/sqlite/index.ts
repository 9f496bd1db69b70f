export { SqliteStore } from './sqlite-store.js';
export type { SqliteStoreOptions } from './sqlite-store.options.js';
export { sqliteMigrations } from './sqlite-migrations.js';
export type { SqliteHandle, SqliteStatement } from './sqlite-handle.js';
export type { Migration } from '../sql/migration.js';

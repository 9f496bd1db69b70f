export { PostgresStore } from './postgres-store.js';
export type { PostgresStoreOptions } from './postgres-store.options.js';
export { postgresMigrations, type PostgresTableOptions } from './postgres-migrations.js';
export type { CreateListener, ListeningClient, PostgresClient } from './postgres-client.js';
export type { Migration } from '../sql/migration.js';

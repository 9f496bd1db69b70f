export { PostgresStore } from './postgres-store.js';
export type { PostgresStoreOptions } from './postgres-store.options.js';
export {
  pgTransactions,
  type PgPool,
  type PgPoolClient,
  type PgTransactions,
  type PgTransactionsOptions,
} from './pg-transactions.js';
export {
  kyselyTransactions,
  type KyselyLike,
  type KyselyTransactions,
  type KyselyTransactionsOptions,
} from './kysely-transactions.js';
export type { KyselyTransactionLike } from './transactions/kysely-client.js';
export { postgresMigrations, type PostgresTableOptions } from './postgres-migrations.js';
export type { CreateListener, ListeningClient } from './listening-client.js';
export type { PostgresClient, PostgresJsClient } from './postgres-client.js';
export type { Migration } from '../sql/migration.js';

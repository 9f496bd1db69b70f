import { derived } from '../sql/identifier.js';
import type { Migration } from '../sql/migration.js';
import { postgresNames, type PostgresNames } from './postgres-names.js';

/** Where the records are to be. */
export interface PostgresTableOptions {
  /** @default 'public' */
  readonly schema?: string;
  /** @default 'idempotency_records' */
  readonly table?: string;
}

/** Of the schema that this version of the library needs. */
export const POSTGRES_SCHEMA_VERSION = 1;

/**
 * All steps of the schema of a `PostgresStore`, oldest first, for the tool that you run yours with. Times are µs since
 * 1970; ids sort byte by byte, so that the primary key also finds what ids begin with.
 *
 * @throws IdempotencyConfigurationError when a name is not usable
 */
export function postgresMigrations(options: PostgresTableOptions = {}): readonly Migration[] {
  return steps(postgresNames(options.schema, options.table));
}

/** One text that brings any older schema up to date, and may be run again. Run it in one transaction. */
export function migrationScript(names: PostgresNames): string {
  return steps(names)
    .map(({ sql }) => sql)
    .join('\n');
}

function steps(names: PostgresNames): readonly Migration[] {
  return [{ version: 1, name: 'records', sql: `${records(names)}${applied(names, 1)}` }];
}

const records = ({ schema, table, bare, sequence, versions }: PostgresNames): string => {
  const index = (name: string): string => derived(bare, name);
  return `${schema === '"public"' ? '' : `CREATE SCHEMA IF NOT EXISTS ${schema};\n`}\
CREATE TABLE IF NOT EXISTS ${versions} (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE SEQUENCE IF NOT EXISTS ${sequence} AS bigint CACHE 1 NO CYCLE;
CREATE TABLE IF NOT EXISTS ${table} (
  id text COLLATE "C" PRIMARY KEY,
  format smallint NOT NULL,
  phase text NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  operation text NOT NULL,
  token text COLLATE "C" NOT NULL,
  call_id text COLLATE "C" NOT NULL,
  strict smallint NOT NULL,
  fence bigint NOT NULL,
  attempt integer NOT NULL,
  taken bigint NOT NULL,
  lease_ends bigint NOT NULL,
  keep bigint NOT NULL,
  ends bigint,
  awaited smallint NOT NULL,
  response bytea,
  response_ends bigint,
  checksum bigint,
  note bytea,
  effects jsonb
);
CREATE INDEX IF NOT EXISTS ${index('scope')} ON ${table} (scope, id);
CREATE INDEX IF NOT EXISTS ${index('ends')} ON ${table} (ends) WHERE ends IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${index('open')} ON ${table} (id) WHERE phase = 'open';
CREATE INDEX IF NOT EXISTS ${index('response')} ON ${table} (response_ends) WHERE response IS NOT NULL;
`;
};

const applied = ({ versions }: PostgresNames, version: number): string =>
  `INSERT INTO ${versions} (version) VALUES (${version}) ON CONFLICT (version) DO NOTHING;\n`;

/** Columns of the table and their types, as Postgres names them. */
export const EXPECTED_COLUMNS: Readonly<Record<string, string>> = {
  ...{ id: 'text', format: 'smallint', phase: 'text', fingerprint: 'text', scope: 'text', operation: 'text' },
  ...{ token: 'text', call_id: 'text', strict: 'smallint', fence: 'bigint', attempt: 'integer' },
  ...{ taken: 'bigint', lease_ends: 'bigint', keep: 'bigint', ends: 'bigint', awaited: 'smallint' },
  ...{ response: 'bytea', response_ends: 'bigint', checksum: 'bigint', note: 'bytea', effects: 'jsonb' },
};

import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import type { PostgresClient } from './postgres-client.js';
import { EXPECTED_COLUMNS, migrationScript, POSTGRES_SCHEMA_VERSION } from './postgres-migrations.js';
import type { PostgresNames } from './postgres-names.js';

/** Any number: whoever else migrates waits for it. */
const LOCK = 7_163_402_518;

/**
 * Brings the schema up to date. One text without parameters is one transaction, whatever connection it is sent on. Several
 * processes may do it at once.
 */
export async function migratePostgres(client: PostgresClient, names: PostgresNames): Promise<void> {
  const script = `SELECT pg_advisory_xact_lock(${LOCK});\n${migrationScript(names)}`;
  // PGlite takes several statements by another method.
  const { exec } = client as { exec?: (sql: string) => Promise<unknown> };
  if (typeof exec === 'function') await exec.call(client, `BEGIN;\n${script}COMMIT;`);
  else await client.query(script);
}

/**
 * Whether the table is what this version needs. A newer schema will do: migrations only ever add.
 *
 * @throws IdempotencyConfigurationError when it is not, with what to do
 */
export async function checkPostgresSchema(client: PostgresClient, names: PostgresNames): Promise<void> {
  const problems = await schemaProblems(client, names);
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
}

async function schemaProblems(client: PostgresClient, names: PostgresNames): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
  to_regclass($2) IS NOT NULL AS versions, to_regclass($3) IS NOT NULL AS sequence,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indpred IS NULL
    AND i.indnkeyatts = 1 AND i.indkey[0] = (SELECT k.attnum FROM pg_attribute k
      WHERE k.attrelid = a.attrelid AND k.attname = 'id')) AS key
FROM pg_attribute AS a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
    [names.table, names.versions, names.sequence],
  );
  const columns = rows as readonly {
    name: string;
    type: string;
    versions: boolean;
    sequence: boolean;
    key: boolean;
  }[];
  const [first] = columns;
  if (!first || !first.versions || !first.sequence) return [missing(names)];
  const version = await versionOf(client, names);
  if (version < POSTGRES_SCHEMA_VERSION) return [old(names, version)];
  const found = new Map(columns.map(({ name, type }) => [name, type]));
  const problems = Object.entries(EXPECTED_COLUMNS)
    .filter(([name, type]) => found.get(name) !== type)
    .map(([name, type]) => drifted(names, name, type, found.get(name)));
  return first.key
    ? problems
    : [...problems, `PostgresStore: ${names.table}.id has no unique index. ${RESTORE}`];
}

async function versionOf(client: PostgresClient, { versions }: PostgresNames): Promise<number> {
  const { rows } = await client.query(`SELECT max(version) AS version FROM ${versions}`);
  const [row] = rows as readonly { version: unknown }[];
  return Number(row?.version ?? 0);
}

const RESTORE = 'Somebody has changed it: restore it, or drop the table and migrate again.';

const COMMAND =
  'Run npx nestjs-idempotency migrate --url <database>, or what npx nestjs-idempotency migrate --print shows.';

const missing = ({ table }: PostgresNames): string =>
  `PostgresStore: the table ${table} is not there. ${COMMAND}`;

const old = ({ table }: PostgresNames, version: number): string =>
  `PostgresStore: the schema of ${table} has version ${version}, and ${POSTGRES_SCHEMA_VERSION} is needed. ${COMMAND}`;

const drifted = ({ table }: PostgresNames, name: string, type: string, found: string | undefined): string =>
  `PostgresStore: the column ${name} of ${table} must be ${type}, and ${found ? `is ${found}` : 'is missing'}. ${RESTORE}`;

import { crc32 } from 'node:zlib';
import { derived, quoted } from '../sql/identifier.js';

/** What the store's things are called, quoted. */
export interface PostgresNames {
  readonly schema: string;
  readonly table: string;
  /** The table without its schema: what the names of its indexes begin with. */
  readonly bare: string;
  readonly sequence: string;
  readonly versions: string;
  /** Channel of announcements. */
  readonly channel: string;
}

export const DEFAULT_SCHEMA = 'public';
export const DEFAULT_TABLE = 'idempotency_records';

/** @throws IdempotencyConfigurationError when one is no name */
export function postgresNames(
  schema: unknown = DEFAULT_SCHEMA,
  table: unknown = DEFAULT_TABLE,
): PostgresNames {
  const quotedSchema = quoted('PostgresStore', 'schema', schema);
  const bare = quoted('PostgresStore', 'table', table);
  const qualified = (name: string): string => `${quotedSchema}.${name}`;
  return {
    schema: quotedSchema,
    table: qualified(bare),
    bare,
    sequence: qualified(derived(bare, 'fence')),
    versions: qualified(derived(bare, 'migrations')),
    // Short, whatever the names are: Postgres takes 63 bytes.
    channel: `idempotency_${crc32(qualified(bare)).toString(16)}`,
  };
}

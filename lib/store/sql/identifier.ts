import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';

/** Postgres cuts names after 63 bytes; what is derived from a table's name adds up to 15 to it. */
const MAX_LENGTH = 48;

/**
 * Gives `name` back, quoted, if it can name a table or a schema. What is quoted keeps its case, and no name has a quote.
 *
 * @throws IdempotencyConfigurationError
 */
export function quoted(store: string, option: string, name: unknown): string {
  if (typeof name === 'string' && name.length <= MAX_LENGTH && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return `"${name}"`;
  }
  throw new IdempotencyConfigurationError([
    `${store}: \`${option}\` must be 1 to ${MAX_LENGTH} letters, digits and underscores, and begin with no digit.`,
  ]);
}

/** A quoted name with `suffix` at its end. */
export const derived = (name: string, suffix: string): string => `${name.slice(0, -1)}_${suffix}"`;

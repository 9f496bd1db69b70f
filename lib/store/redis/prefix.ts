import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';

/** What stands before the id in the key of a record, unless set otherwise. */
export const DEFAULT_PREFIX = 'idempotency:';

const MAX_LENGTH = 128;

/**
 * Gives `prefix` back if it can begin a key.
 *
 * @throws IdempotencyConfigurationError
 */
export function checkPrefix(store: string, prefix: unknown): string {
  if (typeof prefix === 'string' && prefix.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(prefix)) {
    if (!/[{}]/.test(prefix)) return prefix;
    throw new IdempotencyConfigurationError([
      `${store}: \`prefix\` has braces. Redis Cluster would keep all records in one slot: leave them out.`,
    ]);
  }
  throw new IdempotencyConfigurationError([
    `${store}: \`prefix\` must be 1 to ${MAX_LENGTH} printable ASCII characters without spaces.`,
  ]);
}

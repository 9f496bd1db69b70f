import { IdempotencyConfigurationError } from '../../../errors/idempotency-configuration.error.js';
import type { PostgresClient } from '../postgres-client.js';

/** How to query in a transaction of one library; nothing when it is of another. */
export type ClientOf = (tx: object) => PostgresClient | undefined;

export const notOne = (what: string): IdempotencyConfigurationError =>
  new IdempotencyConfigurationError([
    `PostgresStore: ${what} is not a transaction: each of its statements commits by itself. Pass what the transaction's function ` +
      'gets.',
  ]);

import { hash } from 'node:crypto';
import { lengthPrefixed } from './length-prefixed.js';

/** Changes when the same parts shall give other ids; retries under way would then run again. */
const VERSION = 'nestjs-idempotency record 1';

/**
 * The id of the record for a key: SHA-256 over scope, operation and key, as 43 characters of `[A-Za-z0-9_-]`.
 * The only form in which a key reaches a store or a log. Every part counts as it is, and where one part ends
 * counts too: scope `a:b` with key `c` is not scope `a` with key `b:c`.
 */
export function recordId(scope: readonly string[], operation: readonly string[], key: string): string {
  const sizes = `${scope.length},${operation.length}`;
  return hash('sha256', lengthPrefixed([VERSION, sizes, ...scope, ...operation, key]), 'base64url');
}

import { hash } from 'node:crypto';
import { lengthPrefixed } from './length-prefixed.js';
import { scratch } from './scratch.js';

/** Changes when the same parts shall give other ids; retries under way would then run again. */
const VERSION = 'nestjs-idempotency record 1';

/** Characters of an id that only scope and key decide about. */
const COMMON = 11;
/** Characters that the operation decides about, too: 192 bits. */
const OWN = 32;

/**
 * The id of the record for a key: 43 characters of `[A-Za-z0-9_-]`, SHA-256 over scope, key and operation. The only
 * form in which a key reaches a store or a log. Every part counts as it is, and where one part ends
 * counts too: scope `a:b` with key `c` is not scope `a` with key `b:c`.
 *
 * The first 11 are the same for all operations: that is how the records of a key are found by somebody who knows the key
 * and whose it is.
 */
export function recordId(scope: readonly string[], operation: readonly string[], key: string): string {
  const common = digestOfKey(scope, key);
  const own = digest(lengthPrefixed([common, ...operation]));
  return common.slice(0, COMMON) + own.slice(0, OWN);
}

/** What the ids of all records for a key of a scope begin with, whatever the operation. */
export function recordIdPrefix(scope: readonly string[], key: string): string {
  return digestOfKey(scope, key).slice(0, COMMON);
}

function digestOfKey(scope: readonly string[], key: string): string {
  return digest(lengthPrefixed([VERSION, String(scope.length), ...scope, key]));
}

function digest(text: string): string {
  const message = scratch(2 * text.length);
  message.write(text, 'utf16le');
  return hash('sha256', message, 'base64url');
}

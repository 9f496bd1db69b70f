import type { DigestKey, Keyring } from './keyring.js';
import { lengthPrefixed } from './length-prefixed.js';

/** 128 bits. */
const LENGTH = 22;

/**
 * What is kept with a record to find all that belong to a scope: a keyed digest, so that who reads the store cannot test
 * guesses of a user's id. It is not part of the identity: rotating the secret changes it and breaks nothing.
 */
export function scopeTag(scope: readonly string[], key: DigestKey): string {
  return key.digest(lengthPrefixed(scope), '', 'scope').slice(0, LENGTH);
}

/** The tags of a scope under all secrets that are known. */
export function scopeTags(scope: readonly string[], keyring: Keyring): string[] {
  return keyring.all.map((key) => scopeTag(scope, key));
}

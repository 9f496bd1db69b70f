import { effectKeyParts } from '../engine/effect-key.js';
import { readDigest } from './digest.js';
import type { Keyring } from './keyring.js';

/**
 * Makes keys of effects: HMAC-SHA-256 over record id and name, 43 characters. With the secret that the record was
 * fingerprinted with, not the one that signs today: a secret that is rotated between two attempts does not give a
 * downstream service two keys for one charge.
 */
export function effectKeys(
  keyring: Keyring,
): (recordId: string, fingerprint: string, name: string) => string {
  return (recordId, fingerprint, name) => {
    const secret = readDigest(fingerprint)?.key;
    const key = (secret !== undefined && keyring.find(secret)) || keyring.signing;
    return key.digest('', effectKeyParts(recordId, name));
  };
}

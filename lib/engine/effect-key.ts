import { createHash } from 'node:crypto';

/** What is digested for the key of an effect, each part with its end. */
export const effectKeyParts = (recordId: string, name: string): string =>
  `nestjs-idempotency effect 1\n${recordId}\n${name}`;

/** A key for an effect where there is no secret to make one with. */
export function plainEffectKey(recordId: string, _fingerprint: string, name: string): string {
  return createHash('sha256').update(effectKeyParts(recordId, name)).digest('base64url');
}

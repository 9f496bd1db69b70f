import { randomBytes } from 'node:crypto';

/** Differs in every process; what follows it, in every claim. Nobody has to guess it: it only tells claims apart. */
const PROCESS = randomBytes(9).toString('base64url');
let claims = 0;

/** A name for a claim that no other claim has, here or elsewhere: up to 23 characters of `[A-Za-z0-9_-]`. */
export function newToken(): string {
  claims += 1;
  return `${PROCESS}${claims.toString(36)}`;
}

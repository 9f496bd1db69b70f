import { randomBytes } from 'node:crypto';

const PROCESS = randomBytes(6).toString('base64url');
let calls = 0;

/**
 * A name for one call of an operation. ioredis sends what was not answered again when its connection is back: by this
 * name a script knows a call that it has already carried out, and whose reply was lost, from a second one.
 */
export function newCall(): string {
  calls += 1;
  return `${PROCESS}${calls.toString(36)}`;
}

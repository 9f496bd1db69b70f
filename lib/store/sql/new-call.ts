import { randomBytes } from 'node:crypto';

const PROCESS = randomBytes(9).toString('base64url');
let calls = 0;

/** A name for one call of `acquire`: by it a statement tells whether the row it is about to tell is of its own making. */
export function newCall(): string {
  calls += 1;
  return `${PROCESS}${calls.toString(36)}`;
}

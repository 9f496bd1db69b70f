import type { Effect } from '../idempotency-store.js';
import { textOf } from './bytes.js';

const NEWLINE = 0x0a;

/** Reads effects as `scripts/record.ts` writes them; the scripts have checked that they are such. */
export function decodeEffects(bytes: Uint8Array): readonly Effect[] {
  const effects: Effect[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = bytes.indexOf(NEWLINE, at) + 1;
    const [name = '', size = '-'] = textOf(bytes, at, start - 1).split(' ');
    const end = start + (size === '-' ? 0 : Number(size));
    // A copy: clients hand out slices of buffers that they share among replies.
    effects.push(size === '-' ? { name } : { name, result: new Uint8Array(bytes.subarray(start, end)) });
    at = end + 1;
  }
  return effects;
}

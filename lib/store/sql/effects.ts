import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import type { Effect } from '../idempotency-store.js';

/** A member of the JSON object in a row: its place, and its result as base64 if it is recorded. */
type Member = readonly [place: number, result: string | null];

/**
 * Reads the effects in a row, in the order in which their names came up.
 *
 * @throws RecordUnreadableError when it is not what `recordEffect` writes
 */
export function readEffects(json: string | undefined): readonly Effect[] {
  try {
    const members = Object.entries(JSON.parse(json ?? '{}') as Record<string, Member>);
    return members
      .sort(([, [one]], [, [other]]) => one - other)
      .map(([name, [, result]]) =>
        result === null ? { name } : { name, result: new Uint8Array(Buffer.from(result, 'base64')) },
      );
  } catch (error) {
    throw new RecordUnreadableError('The effects in a record are damaged.', { cause: error });
  }
}

/** A result as it is written. */
export const encodeResult = (result: Uint8Array | undefined): string | null =>
  result === undefined ? null : Buffer.from(result).toString('base64');

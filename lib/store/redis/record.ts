import { crc32 } from 'node:zlib';
import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import type { Completed, InProgress } from '../idempotency-store.js';

const NEWLINE = 0x0a;

/** CRC-32 of a response, in hex: what tells a damaged one apart when it is read again. */
export const checksum = (response: Uint8Array): string => crc32(response).toString(16);

/**
 * Reads a record as `scripts/record.ts` writes it. `now` is the server's time in µs; a completed record
 * does not need it. The scripts have checked the header; the response's bytes are checked here.
 *
 * @throws RecordUnreadableError
 */
export function decodeRecord(value: Uint8Array, now: number): InProgress | Completed {
  const header = value.subarray(0, value.indexOf(NEWLINE));
  const [, kind, ...fields] = Buffer.from(header).toString('latin1').split(' ');
  if (kind === 'c') {
    const [, fingerprint = '', , expected] = fields;
    // A copy: clients hand out slices of buffers that they share among replies.
    const response = new Uint8Array(value.subarray(header.length + 1));
    if (checksum(response) !== expected)
      throw new RecordUnreadableError('The response in a record is damaged.');
    return { state: 'completed', fingerprint, response };
  }
  const [, attempt, leaseEnd, fingerprint = ''] = fields;
  return {
    state: 'in-progress',
    fingerprint,
    attempt: Number(attempt),
    leaseRemaining: Math.max(0, Math.ceil((Number(leaseEnd) - now) / 1000)),
  };
}

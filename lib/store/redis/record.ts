import { crc32 } from 'node:zlib';
import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import type { RecordDetails, StandingRecord } from '../idempotency-store.js';
import { decodeNote, decodeOperation } from './encoding.js';

const NEWLINE = 0x0a;

/** Everything that a value says, whatever its kind. Times are µs of the server's clock. */
interface Parts {
  readonly kind: string;
  readonly fingerprint: string;
  readonly scope: string;
  readonly fence: number;
  readonly attempt: number;
  readonly taken: number;
  readonly leaseEnd: number;
  readonly operation: string;
  readonly note: string | undefined;
  readonly response?: Uint8Array;
  readonly expected?: string;
}

/** CRC-32 of a response, in hex: what tells a damaged one apart when it is read again. */
export const checksum = (response: Uint8Array): string => crc32(response).toString(16);

/** Takes a value of `scripts/record.ts` apart. The scripts have checked that it is one. */
function parse(value: Uint8Array): Parts {
  const header = value.subarray(0, value.indexOf(NEWLINE));
  const [, kind = '', ...fields] = Buffer.from(header).toString('latin1').split(' ');
  const nothing = { fence: 0, attempt: 0, taken: 0, leaseEnd: 0, operation: '', note: undefined };
  if (kind === 't') {
    const [fingerprint = '', scope = ''] = fields;
    return { ...nothing, kind, fingerprint, scope };
  }
  if (kind === 'c') {
    const [fence, attempt, , expected, fingerprint = '', scope = '', note] = fields;
    // A copy: clients hand out slices of buffers that they share among replies.
    const response = new Uint8Array(value.subarray(header.length + 1));
    const numbers = { fence: Number(fence), attempt: Number(attempt) };
    return { ...nothing, ...numbers, kind, fingerprint, scope, note, response, expected };
  }
  const [fence, attempt, taken, leaseEnd, fingerprint = '', , scope = '', operation = '', note] = fields;
  const numbers = { fence: Number(fence), attempt: Number(attempt) };
  const times = { taken: Number(taken), leaseEnd: Number(leaseEnd) };
  return { ...numbers, ...times, kind: kind.toLowerCase(), fingerprint, scope, operation, note };
}

/**
 * Reads a record or a tombstone. `now` is the server's time in µs; what is finished does not need it.
 *
 * @throws RecordUnreadableError when the response is damaged
 */
export function decodeRecord(value: Uint8Array, now: number): StandingRecord {
  const parts = parse(value);
  const { fingerprint, attempt, fence } = parts;
  const state = stateOf(parts, now);
  switch (state) {
    case 'completed':
      return { state, fingerprint, response: intact(parts) };
    case 'expired':
      return { state, fingerprint };
    case 'not-applied':
      return { state, fingerprint, attempt };
    case 'uncertain':
      return { state, fingerprint, attempt, fence };
    case 'in-progress':
      return { state, fingerprint, attempt, leaseRemaining: msUntil(parts.leaseEnd, now) };
    default:
      return state satisfies never;
  }
}

/**
 * Reads a record or a tombstone for operators, with the response unless `withResponse` is false. `left` is how long
 * the key lives, ms, or less than 0 for ever.
 *
 * @throws RecordUnreadableError when the response is damaged
 */
export function decodeEntry(
  id: string,
  value: Uint8Array,
  now: number,
  left: number,
  withResponse: boolean,
): RecordDetails {
  const parts = parse(value);
  const { scope, fence, attempt } = parts;
  const state = stateOf(parts, now);
  const end = left < 0 ? {} : { endsIn: left };
  if (state === 'expired') return { id, state, scope, ...end };
  const note = parts.note === undefined ? {} : { note: decodeNote(parts.note) };
  const common = { id, state, scope, fence, attempt, ...end, ...note };
  if (state === 'completed' && withResponse) return { ...common, response: intact(parts) };
  if (state === 'completed' || state === 'not-applied') return common;
  return {
    ...common,
    operation: decodeOperation(parts.operation),
    runningFor: Math.max(0, Math.floor((now - parts.taken) / 1000)),
    leaseRemaining: msUntil(parts.leaseEnd, now),
  };
}

function stateOf({ kind, leaseEnd }: Parts, now: number): StandingRecord['state'] {
  if (kind === 'c') return 'completed';
  if (kind === 't') return 'expired';
  if (kind === 'n') return 'not-applied';
  return kind === 'u' && now >= leaseEnd ? 'uncertain' : 'in-progress';
}

const msUntil = (end: number, now: number): number => Math.max(0, Math.ceil((end - now) / 1000));

function intact({ response = new Uint8Array(), expected }: Parts): Uint8Array {
  if (checksum(response) === expected) return response;
  throw new RecordUnreadableError('The response in a record is damaged.');
}

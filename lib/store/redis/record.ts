import { crc32 } from 'node:zlib';
import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import type { RecordDetails, StandingRecord } from '../idempotency-store.js';
import { textOf } from './bytes.js';
import { decodeNote, decodeOperation } from './encoding.js';
import { RECORD_FORMAT } from './scripts/record.js';

/** Bytes: responses of this length and more stay where the client has put them. */
const SHARED = 65_536;
const NEWLINE = 0x0a;
/** Where the letter of its kind stands in a value. */
const KIND = 3;
const COMPLETED = 0x63; // c
const TOMBSTONE = 0x74; // t

// See `scripts/record.ts`. The short ways of scripts tell what stands there as it is: that it is a record is found out here.
const HEADER = /^i1 c (\d+) ([\da-f]+) (\d+) (\d+) (\S+) (\S+)(?: (\S+))?$/;
const LINES = /^i1 ([ruRUn])\+? (\d+) (\d+) (\d+) (\d+) (\S+) (\S+)(?: (\S+))?\n\S+ (\S+)\n$/;
const REMEMBERED = /^i1 t (\S+) (\S+)\n$/;

/** What a value says that is not a completed record. Times are µs of the server's clock. */
interface Parts {
  readonly state: Exclude<StandingRecord['state'], 'completed'>;
  readonly fingerprint: string;
  readonly scope: string;
  readonly fence: number;
  readonly attempt: number;
  readonly taken: number;
  readonly leaseEnd: number;
  readonly operation: string;
  readonly note: string | undefined;
}

interface CompletedParts {
  readonly state: 'completed';
  readonly fingerprint: string;
  readonly scope: string;
  readonly fence: string;
  readonly attempt: string;
  readonly note: string | undefined;
  readonly bytes: string;
  readonly checksum: string;
  /** A part of the value. */
  readonly response: Uint8Array;
}

/** What a completed record begins with: what tells a damaged response apart when it is read again. */
export const headOf = (response: Uint8Array): string =>
  `${RECORD_FORMAT} c ${response.byteLength} ${crc32(response).toString(16)} `;

/** The error for something that is no record, by the word that scripts have for it. */
export function unreadable(why: string): RecordUnreadableError {
  if (why === 'type') return new RecordUnreadableError('The key of a record holds another Redis type.');
  if (why === 'corrupt')
    return new RecordUnreadableError('The key of a record holds something else, or a damaged record.');
  return new RecordUnreadableError(
    `A record has format ${why}; this version of the library reads version ${RECORD_FORMAT.slice(1)}.`,
  );
}

/**
 * Reads what a script tells as it stands: of a record in progress, with the server's time in a line behind it.
 *
 * @throws RecordUnreadableError
 */
export function decodeTold(value: Uint8Array): StandingRecord {
  const kind = value[KIND];
  if (kind === COMPLETED || kind === TOMBSTONE) return decodeRecord(value, 0);
  const end = value.lastIndexOf(NEWLINE);
  const [seconds, micros] = textOf(value, end + 1).split(' ');
  return decodeRecord(value.subarray(0, end), Number(seconds) * 1_000_000 + Number(micros));
}

/**
 * Reads a record or a tombstone. `now` is the server's time in µs; what is finished does not need it.
 *
 * @throws RecordUnreadableError when it is damaged
 */
export function decodeRecord(value: Uint8Array, now: number): StandingRecord {
  const parts = parse(value, now);
  const { state, fingerprint } = parts;
  switch (state) {
    case 'completed':
      return { state, fingerprint, response: intact(parts) };
    case 'expired':
      return { state, fingerprint };
    case 'not-applied':
      return { state, fingerprint, attempt: parts.attempt };
    case 'uncertain':
      return { state, fingerprint, attempt: parts.attempt, fence: parts.fence };
    case 'in-progress':
      return {
        state,
        fingerprint,
        attempt: parts.attempt,
        leaseRemaining: msUntil(parts.leaseEnd, now),
      };
    default:
      return parts satisfies never;
  }
}

/**
 * Reads a record or a tombstone for operators, with the response unless `withResponse` is false. `left` is how long
 * the key lives, ms, or less than 0 for ever.
 *
 * @throws RecordUnreadableError when it is damaged
 */
export function decodeEntry(
  id: string,
  value: Uint8Array,
  now: number,
  left: number,
  withResponse: boolean,
): RecordDetails {
  const parts = parse(value, now);
  const { state, scope } = parts;
  const end = left < 0 ? {} : { endsIn: left };
  if (state === 'expired') return { id, state, scope, ...end };
  const note = parts.note === undefined ? {} : { note: decodeNote(parts.note) };
  const numbers = { fence: Number(parts.fence), attempt: Number(parts.attempt) };
  const common = { id, state, scope, ...numbers, ...end, ...note };
  if (state === 'completed') return withResponse ? { ...common, response: intact(parts) } : common;
  if (state === 'not-applied') return common;
  return {
    ...common,
    operation: decodeOperation(parts.operation),
    runningFor: Math.max(0, Math.floor((now - parts.taken) / 1000)),
    leaseRemaining: msUntil(parts.leaseEnd, now),
  };
}

function parse(value: Uint8Array, now: number): Parts | CompletedParts {
  const kind = value[KIND];
  if (kind === COMPLETED) return parseCompleted(value);
  const text = textOf(value);
  return kind === TOMBSTONE ? parseTombstone(text) : parseRunning(text, now);
}

function parseCompleted(value: Uint8Array): CompletedParts {
  const end = value.indexOf(NEWLINE);
  const fields = HEADER.exec(textOf(value, 0, end));
  if (!fields) throw unreadable('corrupt');
  const [, bytes = '', expected = '', fence = '', attempt = '', fingerprint = '', scope = '', note] = fields;
  const response = value.subarray(end + 1);
  return {
    state: 'completed',
    fingerprint,
    scope,
    fence,
    attempt,
    note,
    bytes,
    checksum: expected,
    response,
  };
}

function parseTombstone(text: string): Parts {
  const fields = REMEMBERED.exec(text);
  if (!fields) throw unreadable('corrupt');
  const [, fingerprint = '', scope = ''] = fields;
  const nothing = { fence: 0, attempt: 0, taken: 0, leaseEnd: 0, operation: '', note: undefined };
  return { state: 'expired', fingerprint, scope, ...nothing };
}

function parseRunning(text: string, now: number): Parts {
  const fields = LINES.exec(text);
  if (!fields) throw unreadable('corrupt');
  const [, kind = '', end, taken, fence, attempt, fingerprint = '', scope = '', note, operation = ''] =
    fields;
  const leaseEnd = Number(end);
  return {
    state: stateOf(kind, leaseEnd, now),
    fingerprint,
    scope,
    fence: Number(fence),
    attempt: Number(attempt),
    taken: Number(taken),
    leaseEnd,
    operation,
    note,
  };
}

function stateOf(kind: string, leaseEnd: number, now: number): Parts['state'] {
  if (kind === 'n') return 'not-applied';
  return kind.toLowerCase() === 'u' && now >= leaseEnd ? 'uncertain' : 'in-progress';
}

const msUntil = (end: number, now: number): number => Math.max(0, Math.ceil((end - now) / 1000));

/** The response, if it is what was stored. */
function intact({ response, bytes, checksum: expected }: CompletedParts): Uint8Array {
  if (response.byteLength !== Number(bytes)) throw unreadable('corrupt');
  if (crc32(response) !== Number.parseInt(expected, 16)) {
    throw new RecordUnreadableError('The response in a record is damaged.');
  }
  // Clients hand out slices of buffers that they share among replies, and never write to again. A copy of a short one costs
  // next to nothing, and keeps no such buffer in memory; that of a long one costs more than to keep it until it is sent.
  return response.byteLength < SHARED ? Buffer.from(response) : response;
}

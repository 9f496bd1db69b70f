import { crc32 } from 'node:zlib';
import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import type { RecordDetails, RecordEntry, StandingRecord } from '../idempotency-store.js';
import type { Row } from './row.js';

/** CRC-32 of a response: what tells a damaged one apart when it is read again. */
export const checksum = (response: Uint8Array): number => crc32(response);

/**
 * What stands there, as somebody sees it who says `strict` of what a lapsed lease means.
 *
 * @throws RecordUnreadableError when the response is damaged
 */
export function describeStanding(row: Row, strict = false): StandingRecord {
  const { fingerprint, attempt, fence } = row;
  const state = stateOf(row, strict);
  switch (state) {
    case 'completed':
      return { state, fingerprint, response: intact(row) };
    case 'expired':
      return { state, fingerprint };
    case 'not-applied':
      return { state, fingerprint, attempt };
    case 'uncertain':
      return { state, fingerprint, attempt, fence };
    case 'in-progress':
      return { state, fingerprint, attempt, leaseRemaining: ms(row.leaseLeft) };
    default:
      return state satisfies never;
  }
}

/** A record as operators see it, without its response. */
export function describeEntry(row: Row): RecordEntry {
  const { id, scope, operation, fence, attempt } = row;
  const state = stateOf(row, false);
  const end = row.endsLeft === Infinity ? {} : { endsIn: ms(endOf(row, state)) };
  if (state === 'expired') return { id, state, scope, ...end };
  const note = row.note === undefined ? {} : { note: row.note };
  const settled = { id, state, scope, fence, attempt, ...end, ...note };
  if (state === 'completed' || state === 'not-applied') return settled;
  const runningFor = Math.max(0, Math.floor(row.running / 1000));
  return { ...settled, operation, runningFor, leaseRemaining: ms(row.leaseLeft) };
}

/**
 * A record as operators see it.
 *
 * @throws RecordUnreadableError when the response is damaged
 */
export function describeDetails(row: Row): RecordDetails {
  const entry = describeEntry(row);
  return entry.state === 'completed' ? { ...entry, response: intact(row) } : entry;
}

export function isCompletedBy(row: Row, fence: number): boolean {
  return row.fence === fence && stateOf(row, false) === 'completed';
}

/** A response ends before its row does, which is kept as a tombstone. */
const endOf = (row: Row, state: StandingRecord['state']): number =>
  state === 'completed' ? row.responseLeft : row.endsLeft;

function stateOf({ phase, strict, leaseLeft, responseLeft }: Row, claimed: boolean): StandingRecord['state'] {
  if (phase === 'completed') return responseLeft > 0 ? 'completed' : 'expired';
  if (phase === 'not-applied') return phase;
  return leaseLeft <= 0 && (strict || claimed) ? 'uncertain' : 'in-progress';
}

const ms = (left: number): number => Math.max(0, Math.ceil(left / 1000));

function intact({ response, checksum: expected }: Row): Uint8Array {
  if (response && crc32(response) === expected) return response;
  throw new RecordUnreadableError('The response in a record is damaged.');
}

import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import { ROW_FORMAT } from './record-sql.js';

/** A row as a driver gives it; numbers may come as text or `bigint`. Times are µs. */
export interface RawRow {
  readonly [column: string]: unknown;
}

/** A row as `view` of `record-sql.ts` tells it. Durations are µs. */
export interface Row {
  readonly id: string;
  readonly phase: 'open' | 'completed' | 'not-applied';
  readonly fingerprint: string;
  readonly scope: string;
  readonly operation: string;
  readonly strict: boolean;
  readonly fence: number;
  readonly attempt: number;
  /** Since the latest attempt took the lease. */
  readonly running: number;
  readonly leaseLeft: number;
  /** Infinity where the row has no end. */
  readonly endsLeft: number;
  readonly responseLeft: number;
  readonly response: Uint8Array | undefined;
  readonly checksum: number | undefined;
  readonly note: string | undefined;
  /** JSON. */
  readonly effects: string | undefined;
}

const PHASES: readonly unknown[] = ['open', 'completed', 'not-applied'] satisfies Row['phase'][];

/** @throws RecordUnreadableError when this version does not know what the row means */
export function readRow(raw: RawRow): Row {
  const { id, fingerprint, scope, operation, phase, note, effects } = raw;
  checkFormat(raw);
  if (
    !PHASES.includes(phase) ||
    [id, fingerprint, scope, operation].some((text) => typeof text !== 'string')
  ) {
    throw new RecordUnreadableError('The row of a record is damaged.');
  }
  return {
    ...{ id: id as string, phase: phase as Row['phase'], fingerprint: fingerprint as string },
    ...{ scope: scope as string, operation: operation as string, strict: number(raw.strict) === 1 },
    ...{ fence: number(raw.fence), attempt: number(raw.attempt), running: number(raw.running) },
    leaseLeft: number(raw.leaseleft),
    endsLeft: raw.endsleft === null ? Infinity : number(raw.endsleft),
    responseLeft: raw.responseleft === null ? 0 : number(raw.responseleft),
    response: bytes(raw.response),
    checksum: raw.checksum === null ? undefined : number(raw.checksum),
    note: note === null ? undefined : Buffer.from(bytes(note) as Uint8Array).toString('utf8'),
    effects: typeof effects === 'string' ? effects : undefined,
  };
}

/** @throws RecordUnreadableError when the row is of another version */
export function checkFormat({ format }: RawRow): void {
  if (Number(format) === ROW_FORMAT) return;
  throw new RecordUnreadableError(
    `A record has format ${String(format)}; this version of the library reads version ${ROW_FORMAT}.`,
  );
}

/** Whether the row is there only until somebody removes it. */
export const isOver = ({ phase, endsLeft, leaseLeft }: Row): boolean =>
  endsLeft <= 0 && (phase !== 'open' || leaseLeft <= 0);

function number(value: unknown): number {
  const result = Number(value);
  if (value !== null && value !== '' && Number.isSafeInteger(result)) return result;
  throw new RecordUnreadableError('The row of a record is damaged.');
}

/** A copy: what a driver gives may be part of a buffer that it uses again. */
function bytes(value: unknown): Uint8Array | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  // Of another realm, under Jest; and what libsql gives.
  if (Object.prototype.toString.call(value) === '[object ArrayBuffer]') {
    return new Uint8Array(value as ArrayBuffer).slice();
  }
  throw new RecordUnreadableError(
    'Bytes of a record came as something else: has a type parser been changed?',
  );
}

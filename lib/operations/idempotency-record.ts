import { decodeResponse } from '../http/recorded-response.js';
import type { RecordDetails, RecordEntry, RecordState } from '../store/idempotency-store.js';

/** A record, for those who operate the application. Durations in ms, on the store's clock. Holds no key and no user. */
export interface IdempotencyRecord {
  /** What a client is told of an uncertain record, and `IdempotencyContext.reference` said in the attempt. */
  readonly reference: string;
  readonly state: RecordState;
  /** Absent for what is finished. */
  readonly operation?: string;
  /** The latest attempt; absent for records whose answer is gone. */
  readonly attempt?: number;
  /** Since the latest attempt began; absent for what is finished. */
  readonly runningFor?: number;
  /** 0 when the lease is over; absent for what is finished. */
  readonly leaseRemaining?: number;
  /** Until this state ends by itself; absent when it does not. */
  readonly endsIn?: number;
  /** Present when somebody resolved it by `IdempotencyService.resolve` or `onUncertain`. */
  readonly resolution?: RecordNote;
}

/** A record with its answer. */
export interface IdempotencyRecordDetails extends IdempotencyRecord {
  /** Of a completed record. `kept: false`: it was answered, and the body is not kept. */
  readonly response?: {
    readonly status: number;
    readonly headers: readonly (readonly [name: string, value: string | readonly string[]])[];
    readonly body: Uint8Array;
    readonly kept: boolean;
  };
}

/** Who resolved a record, and how. */
export interface RecordNote {
  readonly as: 'completed' | 'not-applied';
  readonly by: string;
  readonly why: string;
  /** ISO 8601, by the clock of the process that resolved it. */
  readonly at: string;
}

export function toRecord(entry: RecordEntry): IdempotencyRecord {
  const { id, state, operation, attempt, runningFor, leaseRemaining, endsIn } = entry;
  const resolution = entry.note === undefined ? undefined : noteOf(entry.note);
  return {
    reference: id,
    state,
    ...(operation !== undefined && { operation }),
    ...(attempt !== undefined && { attempt }),
    ...(runningFor !== undefined && { runningFor }),
    ...(leaseRemaining !== undefined && { leaseRemaining }),
    ...(endsIn !== undefined && { endsIn }),
    ...(resolution && { resolution }),
  };
}

/** Nothing for one that somebody gave to the store by himself: it hides neither its record nor the others of a page. */
function noteOf(text: string): RecordNote | undefined {
  try {
    const note: unknown = JSON.parse(text);
    return typeof note === 'object' && note !== null && 'as' in note ? (note as RecordNote) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws RecordUnreadableError when the answer is damaged */
export function toDetails(details: RecordDetails): IdempotencyRecordDetails {
  const record = toRecord(details);
  if (details.response === undefined) return record;
  const { status, headers, body, kept } = decodeResponse(details.response);
  // A copy: the body is a view of the record's bytes.
  return { ...record, response: { status, headers, body: new Uint8Array(body), kept } };
}

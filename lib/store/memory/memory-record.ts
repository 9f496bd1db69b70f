import type {
  Acquired,
  Claim,
  Effect,
  NotApplied,
  OnLapse,
  RecordDetails,
  RecordEntry,
  StandingRecord,
} from '../idempotency-store.js';
import type { Expiring } from './expiry-queue.js';

/** What the store keeps for one record id. Times are ms on the store's clock. */
export interface MemoryRecord extends Expiring {
  readonly id: string;
  /** `open` until it is settled: in progress, or uncertain. */
  phase: 'open' | 'completed' | 'expired' | 'not-applied';
  fingerprint: string;
  scope: string;
  operation: string;
  token: string;
  onLapse: OnLapse;
  fence: number;
  attempt: number;
  /** When the latest attempt took the lease. */
  since: number;
  leaseEnds: number;
  /** ms to keep it from the latest claim or renewal on, unless it has to be settled. */
  keep: number;
  /** By name, in the order in which they began; absent where there was none. */
  effects: Map<string, Effect> | undefined;
  /** Somebody waits for it to settle. */
  awaited: boolean;
  /** Of a completed record. */
  response: Uint8Array | undefined;
  /** ms to remember a completed record after its end. */
  tombstone: number;
  note: string | undefined;
  /** Where the list of all records has it. */
  place: number;
}

/** When a record that is claimed, or kept, like this ends, unless it is settled. */
export function endOf(claim: Pick<Claim, 'onLapse' | 'keep'>, now: number): number {
  return claim.onLapse === 'uncertain' ? Infinity : now + claim.keep;
}

/** The record of a claim's first attempt. */
export function newRecord(claim: Claim, now: number, fence: number): MemoryRecord {
  return {
    id: claim.id,
    phase: 'open',
    fingerprint: claim.fingerprint,
    scope: claim.scope,
    operation: claim.operation,
    token: claim.token,
    onLapse: claim.onLapse,
    fence,
    attempt: 1,
    since: now,
    leaseEnds: now + claim.lease,
    keep: claim.keep,
    effects: undefined,
    awaited: false,
    response: undefined,
    tombstone: 0,
    note: undefined,
    expires: endOf(claim, now),
    slot: -1,
    place: -1,
  };
}

/** What the owner of a record is told of it; results are copies. */
export function describeAcquired({ fence, attempt, effects }: MemoryRecord): Acquired {
  const acquired = { state: 'acquired', fence, attempt } as const;
  return effects ? { ...acquired, effects: [...effects.values()].map(copyOf) } : acquired;
}

/** The same effect, in memory of its own. */
export function copyOf({ name, result }: Effect): Effect {
  return result ? { name, result: new Uint8Array(result) } : { name };
}

/** What others may know of a record: nothing in it is the store's own memory. */
export function describeRecord(record: MemoryRecord, now: number): StandingRecord {
  const { fingerprint, attempt } = record;
  if (record.phase === 'not-applied') return { state: 'not-applied', fingerprint, attempt };
  return describeTaken(record, now, record.onLapse);
}

/** The same of a record that no attempt may take, as somebody sees it who says `onLapse`. */
export function describeTaken(
  record: MemoryRecord,
  now: number,
  onLapse: OnLapse,
): Exclude<StandingRecord, NotApplied> {
  const { fingerprint, attempt, fence, phase, response } = record;
  if (phase === 'completed' && response)
    return { state: 'completed', fingerprint, response: response.slice() };
  if (phase === 'expired') return { state: 'expired', fingerprint };
  if (isUncertain(record, now, onLapse)) return { state: 'uncertain', fingerprint, attempt, fence };
  return { state: 'in-progress', fingerprint, attempt, leaseRemaining: left(record.leaseEnds, now) };
}

/** What operators may know of a record, without its response. */
export function describeEntry(record: MemoryRecord, now: number): RecordEntry {
  const { id, phase, scope, operation, fence, attempt, note } = record;
  const endsIn = record.expires === Infinity ? {} : { endsIn: left(record.expires, now) };
  if (phase === 'expired') return { id, state: phase, scope, ...endsIn };
  const settled = { id, scope, fence, attempt, ...endsIn, ...(note === undefined ? {} : { note }) };
  if (phase !== 'open') return { ...settled, state: phase };
  return {
    ...settled,
    state: isUncertain(record, now) ? 'uncertain' : 'in-progress',
    operation,
    runningFor: Math.floor(now - record.since),
    leaseRemaining: left(record.leaseEnds, now),
  };
}

/** What operators may know of a record; the response is a copy. */
export function describeDetails(record: MemoryRecord, now: number): RecordDetails {
  const entry = describeEntry(record, now);
  return record.response ? { ...entry, response: record.response.slice() } : entry;
}

/** Whether an attempt with `claim` may run. */
export function isFree(record: MemoryRecord, claim: Claim, now: number): boolean {
  if (record.phase !== 'open') return record.phase === 'not-applied';
  if (record.leaseEnds > now || isUncertain(record, now, claim.onLapse)) return false;
  return record.fingerprint === claim.fingerprint;
}

/** Whether the lease is over and nobody may run; the stricter of what the record and its reader say decides. */
export function isUncertain(record: MemoryRecord, now: number, onLapse: OnLapse = 'rerun'): boolean {
  if (record.phase !== 'open' || record.leaseEnds > now) return false;
  return record.onLapse === 'uncertain' || onLapse === 'uncertain';
}

/** Whether `fence` may still write this record. */
export function isOwner(record: MemoryRecord | undefined, fence: number): record is MemoryRecord {
  return record !== undefined && record.phase === 'open' && record.fence === fence;
}

function left(end: number, now: number): number {
  return Math.max(0, Math.ceil(end - now));
}

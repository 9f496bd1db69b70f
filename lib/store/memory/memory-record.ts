import type { Completed, InProgress } from '../idempotency-store.js';
import type { Expiring } from './expiry-queue.js';

/** What the store keeps for one record id. Times are ms on the store's clock. */
export interface MemoryRecord extends Expiring {
  readonly id: string;
  readonly fingerprint: string;
  fence: number;
  attempt: number;
  leaseEnds: number;
  /** Somebody waits for it to settle. */
  awaited: boolean;
  /** Present when completed. */
  response?: Uint8Array;
}

/** What others may know of a record: nothing in it is the store's own memory. */
export function describeRecord(record: MemoryRecord, now: number): InProgress | Completed {
  const { fingerprint, attempt, response } = record;
  if (response) return { state: 'completed', fingerprint, response: response.slice() };
  const leaseRemaining = Math.max(0, Math.ceil(record.leaseEnds - now));
  return { state: 'in-progress', fingerprint, attempt, leaseRemaining };
}

/** Whether `fence` may still write this record. */
export function isOwner(record: MemoryRecord | undefined, fence: number): record is MemoryRecord {
  return record !== undefined && record.response === undefined && record.fence === fence;
}

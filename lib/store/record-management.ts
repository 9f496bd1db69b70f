import type { Retention } from './idempotency-store.js';
import type { RecordEntry, RecordState, StandingRecord } from './record.js';

/** Which records to list. What is absent does not restrict. */
export interface RecordQuery {
  readonly states?: readonly RecordState[];
  /** Tags, as `Claim.scope`. */
  readonly scopes?: readonly string[];
  /** What the ids begin with. */
  readonly idPrefix?: string;
  /** ms; only records whose latest attempt took the lease at least so long ago, and is not finished. */
  readonly runningFor?: number;
  /** Records per page at most: 1 to 1_000. */
  readonly limit: number;
  /** Where the page begins: `next` of the page before. Absent for the first. */
  readonly cursor?: string;
}

export interface RecordPage {
  readonly records: readonly RecordEntry[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** What an uncertain attempt turns out to have done. */
export type Resolution =
  | {
      readonly as: 'completed';
      readonly response: Uint8Array;
      readonly retention: Retention;
      readonly note: string;
    }
  | {
      /** Nothing happened: the key is free. */
      readonly as: 'not-applied';
      /** ms to keep the note where no attempt follows. */
      readonly keep: number;
      /** Who says so, and why: 1 to 4_096 bytes of UTF-8. */
      readonly note: string;
    };

export type ResolveResult =
  { readonly state: 'resolved' } | { readonly state: 'lost'; readonly record?: StandingRecord };

export type RemoveResult = 'removed' | 'running' | 'absent';

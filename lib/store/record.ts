/**
 * What a store says of a record. Durations are whole ms on the store's clock, `fingerprint` is always the one kept when
 * the record was made.
 */
export type StandingRecord = InProgress | Uncertain | Completed | Expired | NotApplied;

/** An attempt has the lease; or had it until just now, and the next `acquire` with the same fingerprint runs again. */
export interface InProgress {
  readonly state: 'in-progress';
  readonly fingerprint: string;
  readonly attempt: number;
  /** ms until the lease ends; 0 when it is over. */
  readonly leaseRemaining: number;
}

/** An attempt ended without a word, and nobody can tell whether its effect happened. No attempt may run. */
export interface Uncertain {
  readonly state: 'uncertain';
  readonly fingerprint: string;
  readonly attempt: number;
  /** Of the attempt that ended. Whoever resolves the record names it. */
  readonly fence: number;
}

/** Finished: the response never changes. */
export interface Completed {
  readonly state: 'completed';
  readonly fingerprint: string;
  readonly response: Uint8Array;
}

/** A tombstone: the record was completed, its response is not kept any more, and the key must not run again. */
export interface Expired {
  readonly state: 'expired';
  readonly fingerprint: string;
}

/** Somebody has found out that nothing happened. The next `acquire`, with any fingerprint, runs. */
export interface NotApplied {
  readonly state: 'not-applied';
  readonly fingerprint: string;
  readonly attempt: number;
}

export type RecordState = StandingRecord['state'];

/** A record as operators see it, without its response. */
export interface RecordEntry {
  readonly id: string;
  readonly state: RecordState;
  /** As `Claim.scope`. */
  readonly scope: string;
  /** As `Claim.operation` of the latest attempt. Absent for what is finished: only its response is kept. */
  readonly operation?: string;
  /** Of the latest attempt. Absent for tombstones. */
  readonly fence?: number;
  readonly attempt?: number;
  /** ms since the latest attempt took the lease. Absent for what is finished. */
  readonly runningFor?: number;
  /** ms until the lease ends; 0 when it is over. Absent for what is finished. */
  readonly leaseRemaining?: number;
  /** ms until this state ends by itself. Absent when it does not: an uncertain record stays until it is resolved. */
  readonly endsIn?: number;
  /** As `Resolution.note`; stays with the record, also through later attempts, until the response ends. */
  readonly note?: string;
}

/** A record as operators see it. */
export interface RecordDetails extends RecordEntry {
  /** Of a completed record. */
  readonly response?: Uint8Array;
}

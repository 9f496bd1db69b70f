/**
 * What happened to one request or attempt. Every request whose record is known (its key is valid, its caller
 * and its question are known) gives exactly one event of `outcome` kind; attempts may give `incident`s besides.
 * Requests refused before that give none: KEY_MISSING, KEY_INVALID, a KEY_EXPIRED by `keyAge`, CALLER_UNRESOLVED, RESOLVER_FAILED and a body
 * that nothing parsed. No event carries a key, a body or a user.
 */
export type IdempotencyEvent = OutcomeEvent | IncidentEvent;

/** How a request was dealt with. */
export interface OutcomeEvent {
  readonly kind: 'outcome';
  readonly outcome:
    /** The handler ran and its answer is recorded. */
    | 'recorded'
    /** The handler ran; its answer is not one to record, so the key is free again. */
    | 'released'
    /** The handler ended with an error that does not say what happened; under `at-most-once` it never runs again. */
    | 'left-uncertain'
    /** The recorded answer was sent again. */
    | 'replayed'
    /** A duplicate while the first attempt runs: 409. */
    | 'conflict'
    /** The key was used for another request: 422. */
    | 'mismatch'
    /** The operation is done, its answer is not kept: 409. */
    | 'not-kept'
    /** An earlier attempt ended, nobody knows how: 409. */
    | 'uncertain'
    /** The key was used so long ago that its answer is gone: 409. */
    | 'expired'
    /** This attempt lost its lease to another one. */
    | 'lost'
    /** Refused because the store did not answer, or its record cannot be read. */
    | 'refused'
    /** Ran without protection, by `onStoreError: 'proceed'`. */
    | 'unprotected'
    /** The handler ran and answered, but its answer could not be saved yet. */
    | 'unsaved';
  readonly operation: string;
  /** Digest of scope, operation and key; the only form in which a key is ever shown. */
  readonly recordId: string;
  /** 1 for the first attempt, more after a takeover; absent when nothing ran. */
  readonly attempt?: number;
}

/** Something an operator wants to know. */
export interface IncidentEvent {
  readonly kind: 'incident';
  readonly incident:
    /** Saving an answer failed; it is tried again while the lease is kept. */
    | 'save-failed'
    /** An answer was saved after all. */
    | 'save-recovered'
    /** The lease could not be renewed; tried again until it ends. */
    | 'renewal-failed'
    /** Another attempt has the lease, or the record is gone. */
    | 'lease-lost'
    /** A key could not be released; it is tried again, and the lease ends by itself. */
    | 'release-failed'
    /** A key was released after all. */
    | 'release-recovered'
    /** What came of an effect could not be kept; it is tried again while the attempt lives. */
    | 'effect-unsaved'
    /** What came of an effect is kept after all. */
    | 'effect-saved';
  readonly operation: string;
  readonly recordId: string;
  readonly error?: unknown;
}

export type IdempotencyEventListener = (event: IdempotencyEvent) => void;

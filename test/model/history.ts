/**
 * What one run did, as seen from outside: clients, handlers, processes and the store, in the order in which it happened.
 * Whoever breaks things writes it down like this; `checkHistory` says what must not have happened.
 */
export type History = readonly HistoryEvent[];

export type HistoryEvent =
  Requested | Answered | Unanswered | Entered | Executed | Left | Resolved | ProcessEvent | StoreEvent;

interface Moment {
  /** ms, on one clock for the whole run. Where it is equal, the order of the list counts. */
  readonly at: number;
  /** Who did it, or whom it happened to: the name of a process, a client or an operator. */
  readonly process: string;
}

interface OfKey extends Moment {
  readonly scope: string;
  readonly key: string;
}

interface OfRequest extends OfKey {
  /** Names the request, not the key: each retry has its own. */
  readonly request: string;
}

/** A client sends a request. */
export interface Requested extends OfRequest {
  readonly kind: 'requested';
  /** Digest of what is asked. @default the same for all requests with the key */
  readonly question?: string;
}

/** A client has got its whole answer. */
export interface Answered extends OfRequest {
  readonly kind: 'answered';
  readonly status: number;
  /** Digest of the body's bytes. */
  readonly digest: string;
  /** `code` of a problem of this library. */
  readonly code?: string;
  readonly replayed?: boolean;
}

/** A client gave up, or its connection broke: it knows nothing. */
export interface Unanswered extends OfRequest {
  readonly kind: 'unanswered';
}

interface OfAttempt extends OfKey {
  /** 1 for the first attempt of a record. */
  readonly attempt: number;
  readonly request?: string;
}

/** A handler begins. Optional: without it, an attempt begins with its effect. */
export interface Entered extends OfAttempt {
  readonly kind: 'entered';
}

/** The effect happened, once: as told by what it is an effect on. */
export interface Executed extends OfAttempt {
  readonly kind: 'executed';
}

/** A handler ends. Optional: without it, nothing is said about attempts side by side. */
export interface Left extends OfAttempt {
  readonly kind: 'left';
  /** `failed`: an error that is not recorded; `refused`: the handler said that nothing happened. */
  readonly how: 'answered' | 'failed' | 'refused';
}

/** Somebody settled an uncertain key. */
export interface Resolved extends OfKey {
  readonly kind: 'resolved';
  readonly as: 'completed' | 'not-applied';
}

/** `paused` is also a process that cannot reach the store; `stopped` is one that was told to end. */
export interface ProcessEvent extends Moment {
  readonly kind: 'killed' | 'paused' | 'resumed' | 'stopped';
}

export interface StoreEvent extends Moment {
  readonly kind: 'store';
  readonly what: 'down' | 'up' | 'failed-over' | 'restarted-empty' | 'evicted';
}

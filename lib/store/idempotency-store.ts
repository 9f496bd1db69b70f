import type { Completed, Expired, InProgress, RecordDetails, StandingRecord, Uncertain } from './record.js';
import type {
  RecordPage,
  RecordQuery,
  RemoveResult,
  Resolution,
  ResolveResult,
} from './record-management.js';

/**
 * The store contract.
 *
 * A store keeps one record per record id. Four small operations carry a request, and a fifth (`recordEffect`) what its
 * handler does on the way; each is **atomic** and costs **one round trip**. Two calls on one id behave as if one ran
 * entirely before the other, whatever process they come from, as far as `capabilities.shared` reaches. Four more (`look`,
 * `list`, `resolve`, `remove`) are for those who operate the application.
 *
 * - All durations are whole **milliseconds** greater than 0, unless it says otherwise.
 * - Time is the **store's own clock** (`capabilities.clock`); a caller's clock is never compared with it.
 * - A rejected promise means *nothing is known*: the operation may or may not have happened, now or later.
 *   The caller treats it as such, so a store never answers with a guess.
 * - `response` bytes and all strings are opaque: a store keeps them and returns them unchanged. It
 *   never returns memory that somebody may still write to, nor keeps memory that the caller may write to.
 * - A completed record never changes until its retention ends.
 */
export abstract class IdempotencyStore {
  /** What this store can promise. Constant for the life of the store. */
  abstract readonly capabilities: StoreCapabilities;

  /**
   * Takes the lease of a record, or tells who has it.
   *
   * - No record (or one that is over, tombstone included): a new record is made, `in-progress`, and the answer is
   *   `acquired` with `attempt: 1`.
   * - In progress, lease still running: `in-progress`; nothing changes.
   * - In progress, lease over, and either the record or the claim says `onLapse: 'uncertain'`: `uncertain`; nothing
   *   changes.
   * - In progress, lease over, same fingerprint: the lease passes to this caller: `acquired` with a greater
   *   fence and `attempt` one greater. Of several concurrent callers exactly one gets it.
   * - In progress, lease over, other fingerprint: `in-progress` with `leaseRemaining: 0`; nothing changes.
   * - Completed: `completed` with the response; nothing changes.
   * - Completed, retention of the response over, tombstone still kept: `expired`; nothing changes.
   * - Resolved as not applied: `acquired` as above, whatever the fingerprint; from now on it is the claim's.
   *
   * A new attempt brings the claim's `onLapse`, `token`, `scope`, `operation` and `keep` with it. One that took a lapsed
   * lease over is told the `effects` of those before it.
   *
   * With `claim.waiting`, a store that notifies remembers, in the same atomic step, that somebody waits on
   * a record it answers as `in-progress`, so that the settlement of that record is announced to `watch`ers.
   */
  abstract acquire(claim: Claim): Promise<AcquireResult>;

  /**
   * Renews the lease: it now ends `lease` ms from the store's present, and the record is kept at least
   * `keep` ms. `held` also when the lease had lapsed and nobody took it over: what was uncertain is in progress again.
   * `lost`, and nothing changes, when the record is gone, finished, resolved, or owned by another fence.
   */
  abstract extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'>;

  /**
   * Finishes the record: from now on it is `completed`, with `response`, for `retention.response` ms, and then
   * `expired` for `retention.tombstone` ms.
   *
   * Only the owner may: the record is in progress and its fence is `ref.fence`, whether the lease still runs
   * or has lapsed, and also when it counts as uncertain. Completing again with the fence that completed it answers
   * `completed` and changes nothing (the first reply may have been lost). In every other case the answer is `lost`,
   * nothing changes, and `record` is what stands there instead (absent when there is none).
   *
   * `response` may stay with the store, or wait in a client's queue: nobody writes to it any more.
   */
  abstract complete(ref: LeaseRef, response: Uint8Array, retention: Retention): Promise<CompleteResult>;

  /**
   * Ends an attempt without a response. Only the owner may, as in `complete`; else `lost`, and nothing changes.
   *
   * - `'nothing'` happened: the record is gone, as if the attempt had never been: the next `acquire` makes a new one.
   * - `'unknown'`: the lease is over at once, and what `onLapse` says comes next.
   *
   * The owner is named by its fence, or by the `token` of its claim: the answer to an `acquire` may have been lost.
   */
  abstract release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'>;

  /**
   * Keeps an effect with the record, or puts it in the place of the one that has its name; what comes when the lease is
   * over is `onLapse` from now on. Only the owner may, as in `complete`; else `lost`, and nothing changes.
   *
   * Effects outlive their attempt: who takes the lapsed lease over gets them, in the order in which their names came
   * first. `extend` and `release` with `'unknown'` keep them; `complete`, `resolve`, `remove` and `release` with `'nothing'`
   * drop them.
   *
   * The lease stays as it is. A record that is set to `'uncertain'` is kept until it is settled; one that is set back to
   * `'rerun'` is kept for a bounded time again, at least for what was left of `keep` when it was set to `'uncertain'`. A
   * caller never says `'rerun'` where its claim said `'uncertain'`, and keeps to 64 names and 256 KiB of results per record.
   */
  abstract recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<'recorded' | 'lost'>;

  /** What stands there; nothing when there is no record. Changes nothing. */
  abstract look(id: string): Promise<RecordDetails | undefined>;

  /**
   * Some records, in no order: a page, and where the next one begins. A record that is there all the time is found at
   * least once; a page may hold fewer than asked for, or none, and not be the last. Changes nothing.
   */
  abstract list(query: RecordQuery): Promise<RecordPage>;

  /**
   * Ends the uncertainty of a record, in place of the attempt that `ref.fence` names. `lost`, and nothing changes, when
   * the record is not uncertain, or another attempt is. Takes the record over: what the attempt itself still says,
   * should it come back, is `lost`. Announced to `watch`ers like any settlement.
   */
  abstract resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult>;

  /** Removes the record and its tombstone, unless an attempt has its lease: then `running`, and nothing changes. */
  abstract remove(id: string): Promise<RemoveResult>;

  /**
   * Present when `capabilities.transactional`. `complete`, as a part of a transaction of the application's on `tx`, a client of
   * the database that the records are in: the response is recorded if and when that commits. `lost` as in `complete`:
   * the caller rolls back. Rejects when the transaction cannot be committed any more; the caller rolls back.
   */
  completeWithin?(
    tx: unknown,
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<'completed' | 'lost'>;

  /**
   * Present when `capabilities.notifies`. Calls `listener` with a record id soon after that record was
   * completed, released or resolved, if somebody acquired it with `waiting` meanwhile; it may also call it for ids
   * nobody asked about, or miss one when a connection breaks: a notification is a hint to look again.
   * Resolves once listening. The engine keeps at most one watch open per store.
   */
  watch?(listener: (id: string) => void): Promise<Unwatch>;

  /**
   * Called once when the application starts. Rejects when this store cannot work as it is set up, with an
   * error that says why and what to do. It must not fail merely because a server is not reachable yet. `warn` is for
   * what works and is probably not meant, a sentence each.
   */
  start?(warn: (warning: string) => void): Promise<void>;

  /** Called once when the application stops. Closes what the store opened, never what it was given. */
  close?(): Promise<void>;
}

/** What a store can promise. The conformance suite, the start-up checks and the documentation read this. */
export interface StoreCapabilities {
  /** For messages: `'memory'`, `'redis'`. */
  readonly name: string;
  /** Records survive a restart of the application. */
  readonly durable: boolean;
  /** Several processes see the same records. */
  readonly shared: boolean;
  /** Whose clock decides about leases and retention. */
  readonly clock: 'server' | 'process';
  /** `watch` exists and wakes waiters. */
  readonly notifies: boolean;
  /** `completeWithin` exists: a record can be completed in a transaction of the application's. @default false */
  readonly transactional?: boolean;
  /**
   * A response comes back byte for byte as it was given, or as a `RecordUnreadableError`, so that nobody else needs to check
   * it. @default false
   */
  readonly verifiesResponses?: boolean;
}

/** What becomes of a record whose lease ends without an answer: the next claim runs again, or nobody does. */
export type OnLapse = 'rerun' | 'uncertain';

/** How an attempt ended that gives no response. */
export type Happened = 'nothing' | 'unknown';

export interface Claim {
  /** Record id: 1 to 64 characters of `[A-Za-z0-9_-]`. */
  readonly id: string;
  /** Kept when the record is made: 1 to 200 printable ASCII characters without spaces. */
  readonly fingerprint: string;
  /** ms until the lease ends unless it is extended. */
  readonly lease: number;
  /**
   * ms to keep an in-progress record, so that a late owner can still complete it. At least `lease`. Not heeded
   * where `onLapse` is `'uncertain'`: such a record is kept until it is settled.
   */
  readonly keep: number;
  readonly onLapse: OnLapse;
  /** Names this claim, so that it can be taken back when its answer is lost: 1 to 64 characters of `[A-Za-z0-9_-]`. */
  readonly token: string;
  /** Tag of the scope, to find its records: 1 to 64 characters of `[A-Za-z0-9_-]`. */
  readonly scope: string;
  /** Names the operation for operators: 1 to 200 printable ASCII characters; spaces are allowed. */
  readonly operation: string;
  /** The caller waits for the record to settle if it is in progress. @default false */
  readonly waiting?: boolean;
}

/** The right of one attempt to write its record. */
export interface LeaseRef {
  readonly id: string;
  /** From `acquired`. Grows with every attempt of a record, and is never used twice for one record id. */
  readonly fence: number;
}

/** An attempt by the name that its claim gave it. */
export interface ClaimRef {
  readonly id: string;
  readonly token: string;
}

/** How long a finished record is kept. ms. */
export interface Retention {
  readonly response: number;
  /** How long the key is remembered after that; 0 forgets it with its response. */
  readonly tombstone: number;
}

export interface Acquired {
  readonly state: 'acquired';
  readonly fence: number;
  /** 1 for the first attempt of the record, one more for each takeover. */
  readonly attempt: number;
  /** What earlier attempts did on their way, in the order in which they began it. Absent or empty when there is nothing. */
  readonly effects?: readonly Effect[];
}

/** A named side effect of an attempt. */
export interface Effect {
  /** 1 to 64 characters of `[A-Za-z0-9_.:-]`. */
  readonly name: string;
  /** What came of it, opaque. Absent: it was begun, and nobody has said how it ended. */
  readonly result?: Uint8Array;
}

export type AcquireResult = Acquired | InProgress | Uncertain | Completed | Expired;

export type CompleteResult =
  { readonly state: 'completed' } | { readonly state: 'lost'; readonly record?: StandingRecord };

/** Stops a watch. */
export type Unwatch = () => Promise<void>;

export type * from './record.js';
export type * from './record-management.js';

/**
 * The store contract.
 *
 * A store keeps one record per record id. It offers four small operations; each is **atomic** and costs
 * **one round trip**. Two calls on one id behave as if one ran entirely before the other, whatever process
 * they come from, as far as `capabilities.shared` reaches.
 *
 * - All durations are whole **milliseconds** greater than 0.
 * - Time is the **store's own clock** (`capabilities.clock`); a caller's clock is never compared with it.
 * - A rejected promise means *nothing is known*: the operation may or may not have happened, now or later.
 *   The caller treats it as such, so a store never answers with a guess.
 * - `response` bytes and `fingerprint` strings are opaque: a store keeps them and returns them unchanged. It
 *   never returns memory that somebody may still write to, nor keeps memory that the caller may write to.
 * - A completed record never changes until its retention ends.
 */
export abstract class IdempotencyStore {
  /** What this store can promise. Constant for the life of the store. */
  abstract readonly capabilities: StoreCapabilities;

  /**
   * Takes the lease of a record, or tells who has it.
   *
   * - No record (or one whose retention is over): a new record is made, `in-progress`, and the answer is
   *   `acquired` with `attempt: 1`.
   * - In progress, lease still running: `in-progress`; nothing changes.
   * - In progress, lease over, same fingerprint: the lease passes to this caller: `acquired` with a greater
   *   fence and `attempt` one greater. Of several concurrent callers exactly one gets it.
   * - In progress, lease over, other fingerprint: `in-progress` with `leaseRemaining: 0`; nothing changes.
   * - Completed: `completed` with the response; nothing changes.
   *
   * The fingerprint in an answer is always the one kept when the record was made.
   *
   * With `claim.waiting`, a store that notifies remembers, in the same atomic step, that somebody waits on
   * a record it answers as `in-progress`, so that the settlement of that record is announced to `watch`ers.
   */
  abstract acquire(claim: Claim): Promise<AcquireResult>;

  /**
   * Renews the lease: it now ends `lease` ms from the store's present, and the record is kept at least
   * `keep` ms. `held` also when the lease had lapsed and nobody took it over. `lost`, and nothing changes,
   * when the record is gone, finished, or owned by another fence.
   */
  abstract extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'>;

  /**
   * Finishes the record: from now on it is `completed`, with `response`, for `retention` ms.
   *
   * Only the owner may: the record is in progress and its fence is `ref.fence`, whether the lease still runs
   * or has lapsed. Completing again with the fence that completed it answers `completed` and changes nothing
   * (the first reply may have been lost). In every other case the answer is `lost`, nothing changes, and
   * `record` is what stands there instead (absent when there is none).
   */
  abstract complete(ref: LeaseRef, response: Uint8Array, retention: number): Promise<CompleteResult>;

  /**
   * Gives the record up, as if the attempt had never been: the next `acquire` makes a new one. Only the owner
   * may, as in `complete`; else `lost`, and nothing changes.
   */
  abstract release(ref: LeaseRef): Promise<'released' | 'lost'>;

  /**
   * Present when `capabilities.notifies`. Calls `listener` with a record id soon after that record was
   * completed or released, if somebody acquired it with `waiting` meanwhile; it may also call it for ids
   * nobody asked about, or miss one when a connection breaks: a notification is a hint to look again.
   * Resolves once listening. The engine keeps at most one watch open per store.
   */
  watch?(listener: (id: string) => void): Promise<Unwatch>;

  /**
   * Called once when the application starts. Rejects when this store cannot work as it is set up, with an
   * error that says why and what to do. It must not fail merely because a server is not reachable yet.
   */
  start?(): Promise<void>;

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
}

export interface Claim {
  /** Record id: 1 to 64 characters of `[A-Za-z0-9_-]`. */
  readonly id: string;
  /** Kept when the record is made: 1 to 200 printable ASCII characters without spaces. */
  readonly fingerprint: string;
  /** ms until the lease ends unless it is extended. */
  readonly lease: number;
  /** ms to keep an in-progress record, so that a late owner can still complete it. At least `lease`. */
  readonly keep: number;
  /** The caller waits for the record to settle if it is in progress. @default false */
  readonly waiting?: boolean;
}

/** The right of one attempt to write its record. */
export interface LeaseRef {
  readonly id: string;
  /** From `acquired`. Grows with every attempt of a record, and is never used twice for one record id. */
  readonly fence: number;
}

export interface Acquired {
  readonly state: 'acquired';
  readonly fence: number;
  /** 1 for the first attempt of the record, one more for each takeover. */
  readonly attempt: number;
}

export interface InProgress {
  readonly state: 'in-progress';
  readonly fingerprint: string;
  readonly attempt: number;
  /** ms until the lease ends, on the store's clock; 0 when it is over. */
  readonly leaseRemaining: number;
}

export interface Completed {
  readonly state: 'completed';
  readonly fingerprint: string;
  readonly response: Uint8Array;
}

export type AcquireResult = Acquired | InProgress | Completed;

export type CompleteResult =
  { readonly state: 'completed' } | { readonly state: 'lost'; readonly record?: InProgress | Completed };

/** Stops a watch. */
export type Unwatch = () => Promise<void>;

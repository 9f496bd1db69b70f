import type { ExecutionContext } from '@nestjs/common';
import type { IdempotencyEventListener } from './engine/events.js';
import type { UncertaintyResolver } from './operations/resolution.js';
import type { ReplayCacheOptions } from './replay-cache.options.js';
import type { IdempotencyStore } from './store/idempotency-store.js';
import type { TransactionRunner } from './transactions/transaction-runner.js';

type Awaitable<T> = T | Promise<T>;

/** Who a request comes from: a user's id. Nothing means an anonymous caller. */
export type PrincipalResolver = (
  context: ExecutionContext,
) => Awaitable<string | number | bigint | null | undefined>;

/** Names a key space. Everyone for whom it gives the same string shares keys on the operation. */
export type ScopeResolver = (context: ExecutionContext) => Awaitable<string>;

/** Takes the key from somewhere else than the header: a body field, a webhook's event id. */
export type KeyResolver = (context: ExecutionContext) => Awaitable<string | null | undefined>;

/** Picks what makes two requests "the same question", instead of query, content type, body and files. */
export type FingerprintResolver = (context: ExecutionContext) => Awaitable<unknown>;

/**
 * Who shares a key space.
 *
 * - `'user'`: the caller. Without credentials on the request, all anonymous callers.
 * - `'tenant'`: the caller's tenant.
 * - `'public'`: everyone.
 */
export type Scope = 'user' | 'tenant' | 'public' | ScopeResolver;

/** How one attempt ended, for a `record` rule. */
export interface AttemptOutcome {
  /** HTTP status that went to the client. */
  readonly status: number;
  /** What was thrown, if the answer is an error. */
  readonly error?: unknown;
}

/**
 * Which answers of the handler are recorded. What is not recorded releases the key: the retry runs.
 *
 * - `'default'`: 2xx, 3xx, and 4xx other than 401, 403, 408, 425, 429.
 * - `'success'`: 2xx and 3xx only.
 * - a function: decides for every answer, 5xx included.
 *
 * What guards, pipes and parsers rejected before the handler ran is never recorded.
 */
export type RecordRule = 'default' | 'success' | ((outcome: AttemptOutcome) => boolean);

/** What to do when the store does not answer: refuse with 503, or run without protection (and say so). */
export type StoreErrorPolicy = 'refuse' | 'proceed';

/**
 * What is promised when an attempt dies in the middle.
 *
 * - `'at-least-once'`: the next retry runs the handler again.
 * - `'at-most-once'`: the handler never runs a second time by itself; the key is *uncertain* until somebody resolves it.
 *   Needs a durable store.
 * - `'exactly-once'`: the handler runs in a transaction of the application's database, and its answer is recorded in the same
 *   one: after any crash there is either both or neither. Holds for what the handler does in that transaction. Needs a store
 *   in that database, and the option `transactions` or `transaction: 'explicit'`.
 */
export type Guarantee = 'at-least-once' | 'at-most-once' | 'exactly-once';

/**
 * Whose transaction an answer is recorded in, under `guarantee: 'exactly-once'`.
 *
 * - `'handler'`: one of the option `transactions`; pipes, interceptors and the handler run in it.
 * - `'explicit'`: one that the handler begins and ends by itself, with `IdempotencyContext.commitWith` or
 *   `IdempotencyContext.transaction`. An answer that comes without them is recorded after the handler, as under
 *   `'at-least-once'`.
 */
export type TransactionMode = 'handler' | 'explicit';

/**
 * What to do with keys that carry the time they were made at (UUIDv7, ULID).
 *
 * - `false`: nothing.
 * - `'check'`: those older than `ttl + tombstone`, of which nothing is remembered, are refused without asking the store. Under
 *   `at-most-once`, where an uncertain key is kept without end, the store is asked whether it knows them.
 * - `'require'`: and keys that carry no time, too.
 */
export type KeyAgeRule = false | 'check' | 'require';

/** Options that a route may set, and the module may set for all routes. */
export interface RouteDefaults {
  /** ms an answer is replayed, from its completion. @default 86_400_000 (24 h) */
  readonly ttl?: number;
  /**
   * ms a key is remembered after its answer is gone: a retry is then refused instead of run again; `false` forgets it
   * at once. @default 604_800_000 (7 days)
   */
  readonly tombstone?: number | false;
  /** What is promised when an attempt dies in the middle. @default 'at-least-once' */
  readonly guarantee?: Guarantee;
  /** Under `'exactly-once'`: whose transaction the answer is recorded in. @default 'handler' */
  readonly transaction?: TransactionMode;
  /** Whether keys that say when they were made are refused when they are too old. @default false */
  readonly keyAge?: KeyAgeRule;
  /** ms a running attempt holds its key unless renewed; renewed every third of it. @default 30_000 */
  readonly lease?: number;
  /** Who shares a key space. @default 'user' */
  readonly scope?: Scope;
  /** Whether a request without a key is refused (400) or runs without protection. @default true */
  readonly required?: boolean;
  /**
   * ms a duplicate waits for the running attempt before it is answered 409; `false` answers at once, `true`
   * waits up to 10 s. @default false
   */
  readonly wait?: number | boolean;
  /**
   * The longest wait, in ms, that a client may ask for by `Prefer: wait=<seconds>`, in place of `wait`; `true` allows
   * 10 s. @default false
   */
  readonly preferWait?: number | boolean;
  /** Which answers are recorded. @default 'default' */
  readonly record?: RecordRule;
  /** What to do when the store does not answer. @default 'refuse' */
  readonly onStoreError?: StoreErrorPolicy;
  /** Bytes of body that are kept; a larger answer is sent, not kept, and never run again. @default 1_048_576 */
  readonly maxBodyBytes?: number;
}

/** Options of one route: `@Idempotent(options)`. What is not set comes from the class's decorator, then the module. */
export interface IdempotentOptions extends RouteDefaults {
  /** Takes the key from somewhere else than the header. */
  readonly key?: KeyResolver;
  /** Picks what makes two requests the same question. @default query, content type, body and files */
  readonly fingerprint?: FingerprintResolver;
  /**
   * Names the operation. Handlers with the same name share keys; without one, no two routes do.
   * 1–128 printable ASCII characters.
   */
  readonly operation?: string;
  /** `false` takes a method out of its class's decorator. @default true */
  readonly enabled?: boolean;
}

/** Options of `IdempotencyModule.forRoot()`. */
export interface IdempotencyModuleOptions extends RouteDefaults {
  /** Where records are kept. @default a MemoryStore, with a warning outside development */
  readonly store?: IdempotencyStore;
  /** Request header with the key. @default 'Idempotency-Key' */
  readonly header?: string;
  /** Who a request comes from. @default the `id`, else `sub`, else `userId` of `request.user` */
  readonly principal?: PrincipalResolver;
  /** Which tenant a request belongs to, for `scope: 'tenant'`. @default `tenantId` of `request.user` */
  readonly tenant?: PrincipalResolver;
  /** ms the store has to answer an operation. @default 1_000 */
  readonly storeTimeout?: number;
  /**
   * Key of the fingerprints, at least 16 characters, the same in all processes. Of several, the first signs
   * and all verify. Without it fingerprints are not secret: who reads the store can test guesses of a body.
   */
  readonly secret?: string | readonly string[];
  /** HTTP statuses of this library's own errors, by code. */
  readonly statuses?: Readonly<Record<string, number>>;
  /** Prefix of the `type` of problem details. @default 'nestjs-idempotency/docs/errors.md' */
  readonly problemTypeBase?: string;
  /** Response headers, besides the built-in list, that are never recorded. Names in any case. @default [] */
  readonly unreplayableHeaders?: readonly string[];
  /** ms that running attempts get to finish and be stored when the application stops. @default 10_000 */
  readonly shutdownGrace?: number;
  /** Duplicates that wait in this process at most; more are answered 409 at once. @default 10_000 */
  readonly maxWaiters?: number;
  /** The same for one key. @default 1_000 */
  readonly maxWaitersPerKey?: number;
  /** Adds `Idempotency-Key-Lifetime: <seconds>`, how long answers are kept, to all answers. @default false */
  readonly lifetimeHeader?: boolean;
  /**
   * Whether this process keeps recorded answers in its memory, and replays them from there without asking the store; `true`
   * is `{ maxBytes: 16_777_216, ttl: 5_000 }`. Finished records never change, so it replays the same bytes. Only their end
   * it may miss: an answer may be replayed for up to that `ttl` after its own `ttl`, and for as long after another process
   * erased it, or somebody took it out of the store by hand. What `IdempotencyService` of this process erases or
   * resolves is forgotten at once. @default false
   */
  readonly replayCache?: boolean | ReplayCacheOptions;
  /**
   * Transactions of the database that the store is in, for `guarantee: 'exactly-once'`: `pgTransactions(pool)`,
   * `clsTransactions(transactionHost)`, or your own.
   */
  readonly transactions?: TransactionRunner;
  /**
   * How often a transaction that lost against another one (a serialization failure, a deadlock) is run again, from the start
   * and before anything is answered. @default 3
   */
  readonly transactionRetries?: number;
  /**
   * Asked when a record is found uncertain, in the background and once at a time for each: find out what happened, and
   * return it to resolve the record; return nothing to leave it. What it throws is logged.
   */
  readonly onUncertain?: UncertaintyResolver;
  /** Told of every outcome of requests whose record is known. What it throws is logged and changes nothing. */
  readonly onEvent?: IdempotencyEventListener;
  /** Registers the module globally. @default true */
  readonly isGlobal?: boolean;
}

/** For `forRootAsync({ useClass, useExisting })`. */
export interface IdempotencyOptionsFactory {
  createIdempotencyOptions(): Awaitable<IdempotencyModuleOptions>;
}

/** The values that stand where nothing was set. Frozen; a test holds the documentation against it. */
export const IDEMPOTENCY_DEFAULTS = Object.freeze({
  ttl: 86_400_000,
  tombstone: 604_800_000,
  guarantee: 'at-least-once',
  transaction: 'handler',
  keyAge: false,
  lease: 30_000,
  scope: 'user',
  required: true,
  wait: false,
  preferWait: false,
  record: 'default',
  onStoreError: 'refuse',
  maxBodyBytes: 1_048_576,
  header: 'Idempotency-Key',
  storeTimeout: 1_000,
  problemTypeBase: 'nestjs-idempotency/docs/errors.md',
  shutdownGrace: 10_000,
  maxWaiters: 10_000,
  maxWaitersPerKey: 1_000,
  lifetimeHeader: false,
  replayCache: false,
  transactionRetries: 3,
} as const);

/** What `wait: true` and `preferWait: true` mean, in ms. */
export const DEFAULT_WAIT = 10_000;

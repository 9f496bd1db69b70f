import type { ExecutionContext } from '@nestjs/common';
import type { IdempotencyEventListener } from './engine/events.js';
import type { IdempotencyStore } from './store/idempotency-store.js';

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

/** Options that a route may set, and the module may set for all routes. */
export interface RouteDefaults {
  /** ms an answer is replayed, from its completion. @default 86_400_000 (24 h) */
  readonly ttl?: number;
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
  lease: 30_000,
  scope: 'user',
  required: true,
  wait: false,
  record: 'default',
  onStoreError: 'refuse',
  maxBodyBytes: 1_048_576,
  header: 'Idempotency-Key',
  storeTimeout: 1_000,
  problemTypeBase: 'nestjs-idempotency/docs/errors.md',
  shutdownGrace: 10_000,
} as const);

/** What `wait: true` means, in ms. */
export const DEFAULT_WAIT = 10_000;

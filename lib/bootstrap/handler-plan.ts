import type {
  FingerprintResolver,
  Guarantee,
  KeyAgeRule,
  KeyResolver,
  RecordRule,
  Scope,
  StoreErrorPolicy,
  TransactionMode,
} from '../idempotency.options.js';

/** Everything about one handler that can be known before a request comes. */
export interface HandlerPlan {
  /** `OrdersController.create`, or the name given by the `operation` option. For events and messages. */
  readonly label: string;
  /** What of the identity is fixed: names of class and method, or the `operation` option. */
  readonly operation: readonly string[];
  /** Whether `operation` was named, so that routes share it. */
  readonly named: boolean;
  /** The controller is bound to hosts, so the host is part of what was asked. */
  readonly hasHost: boolean;
  /** Of an answer that says nothing else: that of `@HttpCode()`, else 201 for `@Post()`, else 200. */
  readonly status: number;
  /** The handler answers by itself: `@Res()` without passthrough, or `@Next()`. */
  readonly ownsResponse: boolean;
  /** Nest does more with its value than send it: `@Render()`, `@Redirect()`. */
  readonly transformsValue: boolean;
  /** Methods of requests that pass without protection: the handler is there for others. */
  readonly passing: ReadonlySet<string>;
  readonly options: RouteOptions;
}

/** Route options, merged and complete. Durations in ms. */
export interface RouteOptions {
  readonly ttl: number;
  /** 0 forgets a key with its answer. */
  readonly tombstone: number;
  readonly guarantee: Guarantee;
  readonly transaction: TransactionMode;
  readonly keyAge: KeyAgeRule;
  readonly lease: number;
  readonly scope: Scope;
  readonly required: boolean;
  /** 0 does not wait. */
  readonly wait: number;
  /** 0 does not allow it. */
  readonly preferWait: number;
  readonly record: RecordRule;
  readonly onStoreError: StoreErrorPolicy;
  readonly maxBodyBytes: number;
  readonly key: KeyResolver | undefined;
  readonly fingerprint: FingerprintResolver | undefined;
}

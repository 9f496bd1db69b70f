export { IdempotencyModule } from './idempotency.module.js';
export { Idempotent } from './idempotent.decorator.js';
export { IdempotencyContext } from './idempotency.context.js';
export type { EffectOptions } from './idempotency.context.js';
export type { EffectRetry, EffectRun } from './engine/effects.js';
export { IdempotencyService } from './idempotency.service.js';
export type { RunOptions } from './idempotency.service.js';
export type { Job, RunContext } from './operations/job-runner.js';
export type {
  IdempotencyRecord,
  IdempotencyRecordDetails,
  RecordNote,
} from './operations/idempotency-record.js';
export type { EraseResult, ListOptions, RecordList, ResolveOutcome } from './operations/record-desk.js';
export type {
  CompletedResolution,
  NotAppliedResolution,
  RecordResolution,
  ResolvedResponse,
  UncertainRecord,
  UncertaintyResolver,
} from './operations/resolution.js';
export type { ScopeRef } from './operations/scope-ref.js';
export { IDEMPOTENCY_DEFAULTS } from './idempotency.options.js';
export type {
  AttemptOutcome,
  FingerprintResolver,
  Guarantee,
  IdempotencyModuleOptions,
  IdempotencyOptionsFactory,
  IdempotentOptions,
  KeyAgeRule,
  KeyResolver,
  PrincipalResolver,
  RecordRule,
  RouteDefaults,
  Scope,
  ScopeResolver,
  StoreErrorPolicy,
  TransactionMode,
} from './idempotency.options.js';
export type { ReplayCacheOptions } from './replay-cache.options.js';
export { clsTransactions } from './transactions/cls-transactions.js';
export type { ClsTransactionsOptions, TransactionHostLike } from './transactions/cls-transactions.js';
export type { TransactionRunner } from './transactions/transaction-runner.js';
export type {
  IdempotencyEvent,
  IdempotencyEventListener,
  IncidentEvent,
  OutcomeEvent,
} from './engine/events.js';
export type { RequestMark } from './http/request-mark.js';
export { IdempotencyStore } from './store/idempotency-store.js';
export type {
  Acquired,
  AcquireResult,
  Claim,
  ClaimRef,
  Completed,
  CompleteResult,
  Effect,
  Expired,
  Happened,
  InProgress,
  LeaseRef,
  NotApplied,
  OnLapse,
  RecordDetails,
  RecordEntry,
  RecordPage,
  RecordQuery,
  RecordState,
  RemoveResult,
  Resolution,
  ResolveResult,
  Retention,
  StandingRecord,
  StoreCapabilities,
  Uncertain,
  Unwatch,
} from './store/idempotency-store.js';
export { MemoryStore } from './store/memory/memory-store.js';
export type { MemoryStoreOptions } from './store/memory/memory-store.options.js';
export { IdempotencyErrorCode } from './errors/error-codes.js';
export { isIdempotencyError } from './errors/is-idempotency-error.js';
export { IdempotencyException } from './errors/idempotency.exception.js';
export { IdempotencyConfigurationError } from './errors/idempotency-configuration.error.js';
export { IdempotencyStoreError } from './errors/store.error.js';
export { StoreUnavailableError } from './errors/store-unavailable.error.js';
export { StoreFullError } from './errors/store-full.error.js';
export { RecordUnreadableError } from './errors/record-unreadable.error.js';

import {
  Allow,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { IdempotencyStore } from '../store/idempotency-store.js';
import { IsReplayCache } from './is-replay-cache.js';
import {
  IsBoolean,
  IsDuration,
  IsFunction,
  IsOneOfOrFunction,
  IsOperation,
  IsSecret,
  IsStatusMap,
  IsStore,
  IsTransactionRunner,
} from './validators.js';

/** Longest duration, in ms: 10 years. Longer is a mistake in units. */
const LONGEST = 315_360_000_000;
/** Shortest lease, in ms: it is renewed at a third of it, over a network. */
const SHORTEST_LEASE = 100;
/** Longest lease, in ms: 24 days. Node's timers count 31 bits; one that is longer goes off at once. */
const LONGEST_LEASE = 2_073_600_000;

/** `undefined` is as good as nothing, everywhere. `null` is a mistake: it would stand in the place of a default. */
const IfSet = () => ValidateIf((_, value) => value !== undefined);

const DAYS = '24 hours are 86_400_000';
const SECONDS = '10 seconds are 10_000';
const IsRetention = () => IsDuration(1, LONGEST, DAYS);
const IsLease = () => IsDuration(SHORTEST_LEASE, LONGEST_LEASE, SECONDS);
const IsWait = () => IsDuration(0, 600_000, SECONDS, 'or true or false');
const IsTombstone = () => IsDuration(0, LONGEST, '7 days are 604_800_000', 'or false');

/** The rules for options that a route and the module share. The types say it for TypeScript; this, at start-up. */
class SharedRules {
  @IfSet() @IsRetention() ttl?: unknown;
  @IfSet() @IsTombstone() tombstone?: unknown;
  @IfSet() @IsIn(['at-least-once', 'at-most-once', 'exactly-once']) guarantee?: unknown;
  @IfSet() @IsIn(['handler', 'explicit']) transaction?: unknown;
  @IfSet()
  @IsIn([false, 'check', 'require'], { message: "$property must be 'check', 'require' or false" })
  keyAge?: unknown;
  @IfSet() @IsLease() lease?: unknown;
  @IfSet() @IsOneOfOrFunction('user', 'tenant', 'public') scope?: unknown;
  @IfSet() @IsBoolean() required?: unknown;
  @IfSet() @IsWait() wait?: unknown;
  @IfSet() @IsWait() preferWait?: unknown;
  @IfSet() @IsOneOfOrFunction('default', 'success') record?: unknown;
  @IfSet() @IsIn(['refuse', 'proceed']) onStoreError?: unknown;
  @IfSet() @IsInt() @Min(0) @Max(536_870_912) maxBodyBytes?: unknown;
}

export class IdempotentOptionsRules extends SharedRules {
  @IfSet() @IsFunction() key?: unknown;
  @IfSet() @IsFunction() fingerprint?: unknown;
  @IfSet() @IsOperation() operation?: unknown;
  @IfSet() @IsBoolean() enabled?: unknown;
}

/** For `IdempotencyService.run()`; `fingerprint` is any value. */
export class RunOptionsRules {
  @IsOperation() operation?: unknown;
  @IfSet() @IsString() @Length(1, 1_024) scope?: unknown;
  @Allow() fingerprint?: unknown;
  @IfSet() @IsRetention() ttl?: unknown;
  @IfSet() @IsLease() lease?: unknown;
  @IfSet() @IsTombstone() tombstone?: unknown;
  @IfSet() @IsIn(['at-least-once', 'at-most-once']) guarantee?: unknown;
  @IfSet() @IsWait() wait?: unknown;
}

export class ModuleOptionsRules extends SharedRules {
  @IfSet() @IsStore() store?: IdempotencyStore;
  @IfSet()
  @Matches(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, {
    message: '$property must be the name of a request header',
  })
  header?: unknown;
  @IfSet() @IsFunction() principal?: unknown;
  @IfSet() @IsFunction() tenant?: unknown;
  @IfSet() @IsDuration(1, 600_000, SECONDS) storeTimeout?: unknown;
  @IfSet() @IsSecret() secret?: unknown;
  @IfSet() @IsStatusMap() statuses?: unknown;
  @IfSet() @IsString() @Length(1, 500) problemTypeBase?: unknown;
  @IfSet() @IsArray() @IsString({ each: true }) unreplayableHeaders?: unknown;
  @IfSet() @IsDuration(0, 3_600_000, SECONDS) shutdownGrace?: unknown;
  @IfSet() @IsFunction() onEvent?: unknown;
  @IfSet() @IsFunction() onUncertain?: unknown;
  @IfSet() @IsInt() @Min(0) @Max(1_000_000) maxWaiters?: unknown;
  @IfSet() @IsInt() @Min(0) @Max(1_000_000) maxWaitersPerKey?: unknown;
  @IfSet() @IsBoolean() lifetimeHeader?: unknown;
  @IfSet() @IsReplayCache() replayCache?: unknown;
  @IfSet() @IsTransactionRunner() transactions?: unknown;
  @IfSet() @IsInt() @Min(0) @Max(100) transactionRetries?: unknown;
}

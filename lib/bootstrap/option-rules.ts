import { IsBoolean, IsFunction } from './validators.js';
import {
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { IdempotencyStore } from '../store/idempotency-store.js';
import { IsSecret, IsStatusMap, IsStore } from './validators.js';

/** Longest duration, in ms: 10 years. Longer is a mistake in units. */
const LONGEST = 315_360_000_000;
/** Shortest lease, in ms: it is renewed at a third of it, over a network. */
const SHORTEST_LEASE = 100;

const isFunction = (value: unknown) => typeof value === 'function';

/** The rules for options that a route and the module share. The types say it for TypeScript; this, at start-up. */
class SharedRules {
  @IsOptional() @IsInt() @Min(1) @Max(LONGEST) ttl?: unknown;
  @IsOptional() @IsInt() @Min(SHORTEST_LEASE) @Max(LONGEST) lease?: unknown;
  @ValidateIf(({ scope }) => scope !== undefined && !isFunction(scope))
  @IsIn(['user', 'tenant', 'public'])
  scope?: unknown;
  @IsOptional() @IsBoolean() required?: unknown;
  @ValidateIf(({ wait }) => wait !== undefined && typeof wait !== 'boolean')
  @IsInt()
  @Min(0)
  @Max(600_000)
  wait?: unknown;
  @ValidateIf(({ record }) => record !== undefined && !isFunction(record))
  @IsIn(['default', 'success'])
  record?: unknown;
  @IsOptional() @IsIn(['refuse', 'proceed']) onStoreError?: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(536_870_912) maxBodyBytes?: unknown;
}

export class IdempotentOptionsRules extends SharedRules {
  @IsOptional() @IsFunction() key?: unknown;
  @IsOptional() @IsFunction() fingerprint?: unknown;
  @IsOptional()
  @IsString()
  @Length(1, 128)
  @Matches(/^[\x21-\x7e]+$/, { message: '$property must be printable ASCII without spaces' })
  operation?: unknown;
  @IsOptional() @IsBoolean() enabled?: unknown;
}

export class ModuleOptionsRules extends SharedRules {
  @IsOptional() @IsStore() store?: IdempotencyStore;
  @IsOptional()
  @Matches(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, {
    message: '$property must be the name of a request header',
  })
  header?: unknown;
  @IsOptional() @IsFunction() principal?: unknown;
  @IsOptional() @IsFunction() tenant?: unknown;
  @IsOptional() @IsInt() @Min(1) @Max(600_000) storeTimeout?: unknown;
  @IsOptional() @IsSecret() secret?: unknown;
  @IsOptional() @IsObject() @IsStatusMap() statuses?: unknown;
  @IsOptional() @IsString() @Length(1, 500) problemTypeBase?: unknown;
  @IsOptional() @IsArray() @IsString({ each: true }) unreplayableHeaders?: unknown;
  @IsOptional() @IsInt() @Min(0) @Max(3_600_000) shutdownGrace?: unknown;
  @IsOptional() @IsFunction() onEvent?: unknown;
  @IsOptional() @IsBoolean() isGlobal?: unknown;
}

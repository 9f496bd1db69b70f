import {
  DEFAULT_WAIT,
  IDEMPOTENCY_DEFAULTS,
  type IdempotentOptions,
  type RouteDefaults,
} from '../idempotency.options.js';
import type { RouteOptions } from './handler-plan.js';

/** A copy without what is `undefined`: it must not erase what stands in another layer. */
export function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Options of a route: method before class before module before defaults. */
export function mergeRouteOptions(
  module: RouteDefaults,
  ofClass: IdempotentOptions,
  ofMethod: IdempotentOptions,
): RouteOptions {
  const merged = {
    ...IDEMPOTENCY_DEFAULTS,
    ...defined(module),
    ...defined(ofClass),
    ...defined(ofMethod),
  } as Required<RouteDefaults> & IdempotentOptions;
  return {
    ttl: merged.ttl,
    tombstone: merged.tombstone || 0,
    guarantee: merged.guarantee,
    transaction: merged.transaction,
    keyAge: merged.keyAge,
    lease: merged.lease,
    scope: merged.scope,
    required: merged.required,
    wait: waitOf(merged.wait),
    preferWait: waitOf(merged.preferWait),
    record: merged.record,
    onStoreError: merged.onStoreError,
    maxBodyBytes: merged.maxBodyBytes,
    key: merged.key,
    fingerprint: merged.fingerprint,
  };
}

function waitOf(option: number | boolean): number {
  return option === true ? DEFAULT_WAIT : option || 0;
}

import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';

type Name = string | number | bigint;

/** Whose records are meant, as the `scope` option of the route had it. */
export type ScopeRef =
  | 'public'
  | { readonly user: Name }
  | { readonly tenant: Name }
  /** What a scope function gave, or `scope` of `run()`. */
  | { readonly custom: string };

/** The scope as it is part of a record id. @throws IdempotencyConfigurationError */
export function scopeParts(scope: ScopeRef): readonly string[] {
  if (scope === 'public') return ['public'];
  const [entry, ...others] = Object.entries((scope as object | undefined) ?? {}) as [string, unknown][];
  const [kind, name] = entry ?? [];
  const isName = typeof name === 'string' ? name !== '' : ['number', 'bigint'].includes(typeof name);
  if (others.length > 0 || !['user', 'tenant', 'custom'].includes(kind ?? '') || !isName) {
    throw new IdempotencyConfigurationError([
      "A scope is 'public', or an object with one of user, tenant, custom, and the name: { user: '42' }.",
    ]);
  }
  return [kind!, String(name)];
}

import type { ExecutionContext } from '@nestjs/common';
import type { PrincipalResolver, Scope } from '../idempotency.options.js';
import type { HttpRequest } from './platform/http-platform.js';
import { andThen, isPromise, type Awaitable } from './awaitable.js';
import { Refusal } from './refusal.js';

/** How the module finds out who is calling. */
export interface CallerResolvers {
  readonly principal: PrincipalResolver | undefined;
  readonly tenant: PrincipalResolver | undefined;
}

const LONGEST_SCOPE = 1_024;
/**
 * Headers that say somebody particular is asking: to the application, or to a proxy that vouches for them. Names are
 * a convention only, so this list cannot be complete; a request it misses counts as anonymous.
 */
export const CREDENTIALS: readonly string[] = [
  ...['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key', 'apikey', 'x-apikey'],
  ...['x-auth-token', 'x-access-token', 'x-session-token', 'x-session-id', 'x-user-id', 'x-jwt-assertion'],
  ...['x-forwarded-user', 'x-forwarded-email', 'x-forwarded-access-token', 'x-forwarded-client-cert'],
  ...['x-remote-user', 'remote-user', 'x-auth-request-user', 'x-auth-request-access-token'],
  ...['x-amzn-oidc-identity', 'x-amzn-oidc-data', 'x-goog-iap-jwt-assertion', 'cf-access-jwt-assertion'],
  ...['x-ms-client-principal', 'x-ms-client-principal-id'],
];

/** The key space of a request, as parts of its record id. Fails closed whenever it is not certain. */
export function resolveScope(
  scope: Scope,
  context: ExecutionContext,
  request: HttpRequest,
  isTlsClientKnown: boolean,
  resolvers: CallerResolvers,
): Awaitable<readonly string[]> {
  if (typeof scope === 'function') {
    return andThen(ask('scope', scope, context), (name) => ['custom', named('scope', name)]);
  }
  switch (scope) {
    case 'public':
      return PUBLIC;
    case 'tenant': {
      if (!resolvers.tenant) return tenantScope(property(request.user, ['tenantId']));
      return andThen(ask('tenant', resolvers.tenant, context), tenantScope);
    }
    case 'user': {
      const scopeOf = (user: unknown) => userScope(user, request, isTlsClientKnown);
      if (!resolvers.principal) return scopeOf(property(request.user, ['id', 'sub', 'userId']));
      return andThen(ask('principal', resolvers.principal, context), scopeOf);
    }
    default:
      return scope satisfies never;
  }
}

const PUBLIC: readonly string[] = ['public'];

function tenantScope(tenant: unknown): readonly string[] {
  if (tenant !== undefined && tenant !== null) return ['tenant', named('tenant', tenant)];
  throw new Refusal('CALLER_UNRESOLVED', {
    detail:
      'The server does not know the tenant of this request. To fix this, set request.user.tenantId in a guard, or set the `tenant` option.',
  });
}

function userScope(user: unknown, request: HttpRequest, isTlsClientKnown: boolean): readonly string[] {
  if (user !== undefined && user !== null) return ['user', named('principal', user)];
  if (isTlsClientKnown || hasCredentials(request)) throw new Refusal('CALLER_UNRESOLVED');
  return PUBLIC;
}

function hasCredentials({ user, headers }: HttpRequest): boolean {
  if (user !== undefined && user !== null) return true;
  // Asked for by name: not all headers need show themselves to who looks through them.
  return CREDENTIALS.some((name) => headers[name] !== undefined);
}

/** Runs a resolver. What it throws as a Nest exception is its answer; anything else is our 500. */
export function ask<T>(
  option: string,
  resolver: (context: ExecutionContext) => T | Promise<T>,
  context: ExecutionContext,
): Awaitable<T> {
  const fail = (error: unknown): never => {
    if (typeof (error as { getStatus?: unknown } | null)?.getStatus === 'function') throw error;
    throw new Refusal('RESOLVER_FAILED', {
      detail: `The \`${option}\` option failed on this request. Nothing was executed.`,
      cause: error,
    });
  };
  try {
    const answer = resolver(context);
    return isPromise(answer) ? Promise.resolve(answer).catch(fail) : answer;
  } catch (error) {
    return fail(error);
  }
}

function property(user: unknown, names: readonly string[]): unknown {
  if (typeof user !== 'object' || user === null) return undefined;
  for (const name of names) {
    const value = (user as Record<string, unknown>)[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** `1` and `'1'` are one user; nothing that is not plainly a name is. */
function named(option: string, value: unknown): string {
  const isName =
    (typeof value === 'string' && value.length > 0 && value.length <= LONGEST_SCOPE) ||
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isSafeInteger(value));
  if (isName) return String(value);
  throw new Refusal('RESOLVER_FAILED', {
    detail: `The \`${option}\` option did not give a name for this request: a string of 1 to ${LONGEST_SCOPE} characters, or an integer. Nothing was executed.`,
  });
}

/** Where `@Idempotent()` keeps its options: on the method, or on the class. A string, so that all copies agree. */
export const IDEMPOTENT_OPTIONS = 'nestjs-idempotency:options';

/**
 * A wrapped method's own name for itself. Tracing puts functions of its own in the place of handlers, when Nest registers
 * routes, and copies their metadata: by this they are known.
 */
export const IDEMPOTENT_HANDLER = 'nestjs-idempotency:handler';

/** Static marker of the module, for copies of it that are not this one. */
export const IDEMPOTENCY_MODULE = Symbol.for('nestjs-idempotency.module');

/**
 * Nest's own metadata keys. They are stable since Nest 6, but Nest 12 exports them from another path than Nest 10
 * and 11 do, so they are named here.
 */
export const NEST = {
  path: 'path',
  method: 'method',
  host: 'host',
  sse: '__sse__',
  interceptors: '__interceptors__',
  httpCode: '__httpCode__',
  render: '__renderTemplate__',
  redirect: '__redirect__',
  routeArguments: '__routeArguments__',
  passthrough: '__responsePassthrough__',
  messagePattern: 'microservices:pattern',
} as const;

/** Nest's `RouteParamtypes.RESPONSE` and `.NEXT`. */
export const PARAM_RESPONSE = 1;
export const PARAM_NEXT = 2;

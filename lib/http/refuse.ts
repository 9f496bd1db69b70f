import { IdempotencyException } from '../errors/idempotency.exception.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import type { HttpPlatform } from './platform/http-platform.js';
import type { ProblemDetails, ProblemSettings } from './problem-details.js';
import type { ProblemCode } from './problems.js';
import { PROBLEMS } from './problems.js';
import { Refusal } from './refusal.js';
import { EffectRefused } from './run-effect.js';
import type { TroubleLog } from './trouble-log.js';

/**
 * Makes of an error what Nest shall throw: our own as an exception with its headers set, any other as it is. What is the
 * server's fault is logged under the name of the `operation`.
 */
export function refuse(
  error: unknown,
  {
    problems,
    platform,
    troubles,
  }: { problems: ProblemSettings; platform: HttpPlatform; troubles: TroubleLog },
  response: unknown,
  operation: string,
): unknown {
  const exception = asException(error, problems);
  if (!exception) return error;
  troubles.refused(operation, exception.code, exception.message, exception.cause);
  platform.expectProblem(response, exception.getResponse() as ProblemDetails);
  if (exception.retryAfter !== undefined)
    platform.setHeader(response, 'Retry-After', String(exception.retryAfter));
  return exception;
}

const HALF_WAY =
  'The store of idempotency keys failed in the middle of this request; what came before may have been carried out. ' +
  'Retry with the same key.';

/** Of what a handler threw: a failure of the store that it came across itself is not told as one before it ran. */
export function asThrownInside(error: unknown, problems: ProblemSettings): unknown {
  if (error instanceof Refusal || error instanceof IdempotencyException) return error;
  if (!isIdempotencyError(error) || !Object.hasOwn(PROBLEMS, error.code)) return error;
  return new EffectRefused(error.code as ProblemCode, problems, { detail: HALF_WAY, cause: error });
}

function asException(error: unknown, problems: ProblemSettings): IdempotencyException | undefined {
  if (error instanceof Refusal) {
    return new IdempotencyException(error.code, problems, {
      ...(error.detail !== undefined && { detail: error.detail }),
      ...(error.reference !== undefined && { reference: error.reference }),
      cause: error.cause,
    });
  }
  if (error instanceof EffectRefused) return error;
  // A nested call's exception, already made.
  if (error instanceof IdempotencyException) return undefined;
  // A mistake in the application's own code has no problem of its own.
  if (isIdempotencyError(error) && Object.hasOwn(PROBLEMS, error.code))
    return new IdempotencyException(error.code as ProblemCode, problems, { cause: error });
  return undefined;
}

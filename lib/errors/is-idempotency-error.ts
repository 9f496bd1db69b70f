import type { IdempotencyErrorCode } from './error-codes.js';

/** On the prototype of every error of this library; a registered symbol, so that all copies agree. */
export const IDEMPOTENCY_ERROR = Symbol.for('nestjs-idempotency.error');

/** Whether `error` comes from this library and, if `code` is given, has that code. */
export function isIdempotencyError<Code extends IdempotencyErrorCode = IdempotencyErrorCode>(
  error: unknown,
  code?: Code,
): error is Error & { readonly code: Code } {
  return (
    error instanceof Error &&
    (error as { [IDEMPOTENCY_ERROR]?: boolean })[IDEMPOTENCY_ERROR] === true &&
    (code === undefined || (error as { code?: unknown }).code === code)
  );
}

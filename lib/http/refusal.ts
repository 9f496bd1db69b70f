import type { IdempotencyErrorCode } from '../errors/error-codes.js';
import type { ProblemCode } from './problems.js';

type RefusalName = Exclude<keyof typeof IdempotencyErrorCode, 'CONFIGURATION'>;

/** A request is refused. Inside the library only; the interceptor makes Nest's exception of it. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly detail: string | undefined;

  constructor(name: RefusalName, options: { detail?: string; cause?: unknown } = {}) {
    super(name, { cause: options.cause });
    this.code = `IDEMPOTENCY_${name}`;
    this.detail = options.detail;
  }
}

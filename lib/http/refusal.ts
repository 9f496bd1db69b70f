import type { IdempotencyErrorCode } from '../errors/error-codes.js';
import type { ProblemOptions } from './problem-details.js';
import type { ProblemCode } from './problems.js';

type RefusalName = Exclude<keyof typeof IdempotencyErrorCode, 'CONFIGURATION'>;

/** A request is refused. Inside the library only; the interceptor makes Nest's exception of it. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly reference: string | undefined;

  constructor(name: RefusalName, options: ProblemOptions & { cause?: unknown } = {}) {
    super(name, { cause: options.cause });
    this.code = `IDEMPOTENCY_${name}`;
    this.detail = options.detail;
    this.reference = options.reference;
  }
}

import { HttpException } from '@nestjs/common';
import { problemOf, type ProblemOptions, type ProblemSettings } from '../http/problem-details.js';
import { PROBLEMS, type ProblemCode } from '../http/problems.js';
import { IDEMPOTENCY_ERROR } from './is-idempotency-error.js';

/**
 * A request was refused. It is thrown where an interceptor throws, so the application's own exception filters see
 * it; without one, Nest answers its problem details. Never holds a key, a body or anything of another request.
 */
export class IdempotencyException extends HttpException {
  readonly code: ProblemCode;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  /** Names the record to `IdempotencyService`, for what needs somebody to resolve it. */
  readonly reference?: string;

  constructor(
    code: ProblemCode,
    settings: ProblemSettings,
    options: ProblemOptions & { cause?: unknown } = {},
  ) {
    const problem = problemOf(code, settings, options);
    super(problem, problem.status, { cause: options.cause });
    this.name = 'IdempotencyException';
    this.message = problem.detail;
    this.code = code;
    const { retryAfter } = PROBLEMS[code];
    if (options.reference !== undefined) this.reference = options.reference;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }

  get [IDEMPOTENCY_ERROR](): true {
    return true;
  }
}

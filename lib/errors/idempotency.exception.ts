import { HttpException } from '@nestjs/common';
import { problemOf, type ProblemSettings } from '../http/problem-details.js';
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

  constructor(
    code: ProblemCode,
    settings: ProblemSettings,
    options: { detail?: string; cause?: unknown } = {},
  ) {
    const problem = problemOf(code, settings, options.detail);
    super(problem, problem.status, { cause: options.cause });
    this.name = 'IdempotencyException';
    this.message = problem.detail;
    this.code = code;
    const { retryAfter } = PROBLEMS[code];
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }

  get [IDEMPOTENCY_ERROR](): true {
    return true;
  }
}

import { IdempotencyErrorCode } from './error-codes.js';
import { IDEMPOTENCY_ERROR } from './is-idempotency-error.js';

/** Thrown while the application starts: something is set up so that it cannot be protected. Says what to do. */
export class IdempotencyConfigurationError extends Error {
  readonly code = IdempotencyErrorCode.CONFIGURATION;

  /** One sentence per problem; all problems found are told at once. */
  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.length === 1 ? problems[0] : `\n  - ${problems.join('\n  - ')}`, options);
    this.name = 'IdempotencyConfigurationError';
  }

  get [IDEMPOTENCY_ERROR](): true {
    return true;
  }
}

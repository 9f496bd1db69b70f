import type { Attempt } from '../engine/attempt.js';
import { decodeResult, encodeResult } from '../engine/effect-result.js';
import { checkEffectName } from '../engine/effect-name.js';
import type { EffectRetry, EffectRun } from '../engine/effects.js';
import { IdempotencyException } from '../errors/idempotency.exception.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import type { ProblemOptions, ProblemSettings } from './problem-details.js';
import type { ProblemCode } from './problems.js';

/** An effect was not, or not again, to be had. Not an answer of the handler: it is never recorded. */
export class EffectRefused extends IdempotencyException {}

/** Has an effect as part of `attempt`. @throws EffectRefused, and what `work` throws */
export async function runEffect<T>(
  attempt: Attempt,
  { problems, reference }: { readonly problems: ProblemSettings; readonly reference: string },
  name: string,
  work: (run: EffectRun) => T | Promise<T>,
  retry: EffectRetry,
): Promise<T> {
  const refusal = (code: ProblemCode, options?: ProblemOptions & { cause?: unknown }) =>
    new EffectRefused(code, problems, options);
  const outcome = await attempt.effect(name, retry, work);
  switch (outcome.kind) {
    case 'done':
      return outcome.value as T;
    case 'lost':
      throw refusal('IDEMPOTENCY_LEASE_LOST');
    case 'uncertain':
      throw refusal('IDEMPOTENCY_UNCERTAIN', { reference });
    case 'unmarked': {
      const { error } = outcome;
      const code = isIdempotencyError(error) ? error.code : 'IDEMPOTENCY_STORE_UNAVAILABLE';
      const detail =
        'A step of this request could not be begun; steps before it may have been carried out. Retry with the same key to go on.';
      throw refusal(code as ProblemCode, { detail, cause: error });
    }
    default:
      return outcome satisfies never;
  }
}

/** The same where nothing is kept, with whatever key there is: its result looks as it would on a protected route. */
export async function runEffectUnprotected<T>(
  name: string,
  work: (run: EffectRun) => T | Promise<T>,
  keyOf: (name: string) => string,
): Promise<T> {
  checkEffectName(name);
  const value = await work({ key: keyOf(name), signal: new AbortController().signal, attempt: 1 });
  return decodeResult(encodeResult(name, value)) as T;
}

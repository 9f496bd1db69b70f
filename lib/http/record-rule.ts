import { IdempotencyErrorCode as Code } from '../errors/error-codes.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import { EffectRefused } from './run-effect.js';
import type { AttemptOutcome, RecordRule } from '../idempotency.options.js';

/** Statuses that speak of the caller's rights or pace, or of this very attempt; the next one may get another. */
const NEVER = new Set([401, 403, 408, 425, 429]);

/** What a job inside was told of its own key, and what may be over soon: no answer to what was asked. */
const PASSING: ReadonlySet<string> = new Set([Code.IN_PROGRESS, Code.LEASE_LOST, Code.UNCERTAIN]);

/**
 * Whether an answer that the handler gave is recorded.
 *
 * @throws TypeError when a rule gives no boolean, a promise for one: taken for `false`, every retry would run again
 */
export function isRecorded(rule: RecordRule, outcome: AttemptOutcome): boolean {
  if (typeof rule === 'function') return checked(rule(outcome));
  const { status, error } = outcome;
  if (status < 400) return true;
  if (isIdempotencyError(error) && PASSING.has(error.code)) return false;
  return rule === 'default' && status < 500 && !NEVER.has(status);
}

/** The same; of a rule that fails, `onBug` is told, and the default rule decides. Never throws. */
export function isRecordedSafely(
  rule: RecordRule,
  outcome: AttemptOutcome,
  onBug: (error: unknown) => void,
): boolean {
  // Says nothing of what was asked.
  if (outcome.error instanceof EffectRefused) return false;
  try {
    return isRecorded(rule, outcome);
  } catch (error) {
    onBug(error);
    return isRecorded('default', outcome);
  }
}

function checked(result: unknown): boolean {
  if (typeof result === 'boolean') return result;
  // An async rule may still reject, with nobody there to hear it.
  if (result instanceof Promise) result.catch(() => undefined);
  const given = result instanceof Promise ? 'a promise' : `a value of type ${typeof result}`;
  throw new TypeError(`The \`record\` option must return true or false, at once; it returned ${given}.`);
}

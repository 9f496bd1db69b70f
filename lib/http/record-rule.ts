import type { AttemptOutcome, RecordRule } from '../idempotency.options.js';

/** Statuses that speak of the caller's rights or pace, or of this very attempt; the next one may get another. */
const NEVER = new Set([401, 403, 408, 425, 429]);

/** Whether an answer that the handler gave is recorded. */
export function isRecorded(rule: RecordRule, outcome: AttemptOutcome): boolean {
  if (typeof rule === 'function') return rule(outcome) === true;
  const { status } = outcome;
  if (status < 400) return true;
  return rule === 'default' && status < 500 && !NEVER.has(status);
}

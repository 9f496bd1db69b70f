import type { Terms } from './history.js';
import type { Execution, KeyHistory } from './key-history.js';
import type { Troubles } from './troubles.js';
import { violates, type Violation } from './violation.js';

/** ms; clocks are read a moment before or after what they date. */
const TOLERANCE = 5;

/** An execution after another one of its key, and why it was allowed. */
export interface Rerun {
  readonly run: string;
  readonly why: string;
}

/** Holds every execution of a key against all before it. */
export function checkExecutions(history: KeyHistory, terms: Terms, troubles: Troubles) {
  const violations: Violation[] = [];
  const reruns: Rerun[] = [];
  history.executions.forEach((later, index) => {
    let latest: string | undefined;
    for (const earlier of history.executions.slice(0, index)) {
      const why = excuse(earlier, later, terms, troubles);
      latest = why;
      if (why) continue;
      const still = earlier.left === undefined || earlier.left > later.entered;
      violations.push(
        violates(
          still ? 'side-by-side' : 'ran-again',
          history,
          `${later.run} began ${still ? 'while' : 'after'} ${earlier.run} ${still ? 'ran' : `ended (${earlier.how})`}`,
        ),
      );
    }
    if (latest) reruns.push({ run: later.run, why: latest });
    const replay = history.answers.find(({ replayed, at }) => replayed && at < later.requested);
    if (replay) {
      const why = `${later.run} was asked for after ${replay.request} had got a replay`;
      violations.push(violates('ran-again', history, why));
    }
  });
  return { violations, reruns };
}

/** Why the later execution may be there although the earlier one is; nothing when it may not. */
function excuse(earlier: Execution, later: Execution, terms: Terms, troubles: Troubles): string | undefined {
  const ended = earlier.left !== undefined && earlier.left <= later.entered;
  if (ended && earlier.how === 'refused') return 'nothing had happened';
  if (terms.guarantee === 'at-most-once') return undefined;
  if (ended && earlier.how === 'failed') return 'released after an error';
  // The later one had its lease first, and came to its handler late: what it then does is the paused one's second run.
  if (earlier.entered >= later.requested + terms.lease - TOLERANCE) {
    const late = troubles.lapse(later.process, later.requested, later.entered);
    if (late) return `late: ${late}`;
  }
  if (later.entered < earlier.requested + terms.lease - TOLERANCE) return undefined;
  const saved = earlier.left === undefined ? Infinity : troubles.savedBy(earlier.process, earlier.left);
  const until = Math.min(later.entered, saved);
  if (troubles.killed(earlier.process, earlier.requested, until)) return 'killed';
  return troubles.lapse(earlier.process, earlier.requested, until);
}

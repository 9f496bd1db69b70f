import { checkAnswers } from './check-answers.js';
import { checkExecutions, type Rerun } from './check-executions.js';
import { checkProgress } from './check-progress.js';
import type { HistoryEvent, Terms } from './history.js';
import { byKey } from './key-history.js';
import { Troubles } from './troubles.js';
import type { Violation } from './violation.js';

/** What a history proves. */
export interface Verdict {
  readonly violations: readonly Violation[];
  /** Executions after the first of their key, which the promise allows. */
  readonly reruns: readonly Rerun[];
  readonly executions: number;
  readonly keys: number;
}

/** Holds a whole history against what was promised, key by key. Knows nothing of how the library works. */
export function check(history: readonly HistoryEvent[], terms: Terms): Verdict {
  const { keys, strays } = byKey(history);
  const troubles = new Troubles(history, terms);
  const ran = keys.map((key) => checkExecutions(key, terms, troubles));
  return {
    violations: [
      ...strays.map((event) => ({ rule: 'broken-history' as const, why: JSON.stringify(event) })),
      ...ran.flatMap(({ violations }) => violations),
      ...keys.flatMap((key) => checkAnswers(key, terms, troubles)),
      ...keys.flatMap((key) => checkProgress(key, terms, troubles)),
    ],
    reruns: ran.flatMap(({ reruns }) => reruns),
    executions: keys.reduce((sum, key) => sum + key.executions.length, 0),
    keys: keys.length,
  };
}

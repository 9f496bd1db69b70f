import type { Terms } from './history.js';
import { isFinal, isUncertain } from './check-answers.js';
import type { KeyHistory } from './key-history.js';
import type { Troubles } from './troubles.js';
import { violates, type Violation } from './violation.js';

/** With faults over, every key comes to its end; and nothing is called uncertain for no reason. */
export function checkProgress(history: KeyHistory, terms: Terms, troubles: Troubles): Violation[] {
  return [...checkEnd(history, terms, troubles), ...checkUncertainty(history, troubles)];
}

function checkEnd(history: KeyHistory, { lease, margin }: Terms, { calm }: Troubles): Violation[] {
  if (calm === undefined) return [];
  const ends = history.answers.filter(
    (answer) => isFinal(answer) || (isUncertain(answer) && answer.to.at >= calm),
  );
  const first = ends[0]?.at;
  if (first !== undefined && first <= calm + lease + margin) return [];
  const last = history.answers.at(-1);
  const answer = last ? `; the last one was ${last.status} ${last.code ?? ''}` : '';
  return [violates('stuck', history, `no final answer ${lease + margin} ms after the last fault${answer}`)];
}

function checkUncertainty(history: KeyHistory, troubles: Troubles): Violation[] {
  const violations: Violation[] = [];
  const settled = history.answers.find((answer) => isFinal(answer) && answer.replayed);
  for (const answer of history.answers.filter(isUncertain)) {
    if (settled && settled.at < answer.to.at) {
      const why = `${answer.request} was told uncertain after ${settled.request} had got a replay`;
      violations.push(violates('wrongly-uncertain', history, why));
    } else if (!mayBeUncertain(history, answer.at, troubles)) {
      violations.push(violates('wrongly-uncertain', history, `${answer.request}: no attempt was cut short`));
    }
  }
  return violations;
}

/** An attempt failed, or was under way in a process that was killed or could not reach the store or renew in time. */
function mayBeUncertain({ executions, requests }: KeyHistory, by: number, troubles: Troubles): boolean {
  if (executions.some(({ how, left }) => how === 'failed' && left! <= by)) return true;
  return requests
    .filter(({ at }) => at <= by)
    .some(
      ({ server, at }) =>
        troubles.killed(server, at, by) ||
        troubles.during(server, at, by).length > 0 ||
        troubles.lapse(server, at, by) !== undefined,
    );
}

import type { Answered, Entered, Executed, History, HistoryEvent, Left, Requested } from './history.js';
import { SIDE_BY_SIDE } from './invariants.js';
import { Excuses, keyOf, type Terms } from './signs.js';

/** A promise that a history breaks. */
export interface HistoryViolation {
  readonly rule:
    'ran-twice' | 'side-by-side' | 'ran-unasked' | 'two-answers' | 'uncertain' | 'answer-lost' | 'crossed';
  /** Names the scope, too. */
  readonly key: string;
  readonly at: number;
  readonly why: string;
}

type Violate = (rule: HistoryViolation['rule'], at: number, why: string) => void;

/**
 * Holds what happened against the model: whatever ought not to be must have come of faults that were seen, in a way in
 * which the model knows that it can.
 */
export function checkHistory(history: History, terms: Terms): HistoryViolation[] {
  const excuses = new Excuses(history, terms);
  const keys = new Map<string, HistoryEvent[]>();
  for (const event of history) {
    if (!('key' in event)) continue;
    const events = keys.get(keyOf(event)) ?? [];
    keys.set(keyOf(event), events);
    events.push(event);
  }
  const violations: HistoryViolation[] = [];
  const owners = new Map<string, string>();
  for (const [key, events] of keys) {
    const violate: Violate = (rule, at, why) => violations.push({ rule, key, at, why });
    checkExecutions(key, events, excuses, violate);
    checkAnswers(key, events, excuses, violate);
    for (const { digest, at } of successes(events)) {
      const owner = owners.get(digest) ?? key;
      owners.set(digest, owner);
      if (owner !== key) violate('crossed', at, `its answer is that of ${owner}`);
    }
  }
  return violations;
}

const of = <Kind extends HistoryEvent['kind']>(events: readonly HistoryEvent[], kind: Kind) =>
  events.filter((event): event is Extract<HistoryEvent, { kind: Kind }> => event.kind === kind);

const successes = (events: readonly HistoryEvent[]): Answered[] =>
  (of(events, 'answered') as Answered[]).filter(({ status, code }) => status < 400 && code === undefined);

function checkExecutions(
  key: string,
  events: readonly HistoryEvent[],
  excuses: Excuses,
  violate: Violate,
): void {
  const requests = of(events, 'requested') as Requested[];
  const askedAt = (execution: Executed | Entered) =>
    (requests.find(({ request }) => request === execution.request) ?? requests[0])?.at ?? execution.at;
  const between = (one: Executed | Entered, other: Executed | Entered) => ({
    key,
    from: Math.min(askedAt(one), askedAt(other)),
    to: Math.max(one.at, other.at),
    processes: new Set([one.process, other.process]),
  });
  const executions = of(events, 'executed') as Executed[];
  for (const [index, execution] of executions.entries()) {
    if (!requests.some(({ at }) => at <= execution.at))
      violate('ran-unasked', execution.at, 'no request came');
    const earlier = executions[index - 1];
    if (!earlier || excuses.explain('runs-twice', between(earlier, execution))) continue;
    violate('ran-twice', execution.at, `by ${earlier.process} and by ${execution.process}, without a reason`);
  }
  const runs = runsOf(events);
  for (const [index, later] of runs.entries()) {
    for (const earlier of runs.slice(0, index)) {
      if (earlier.until <= later.entered.at) continue;
      const window = between(earlier.entered, later.entered);
      const faults = SIDE_BY_SIDE.map((fault) => [fault]);
      if (excuses.saw(faults, window)) continue;
      violate(
        'side-by-side',
        later.entered.at,
        `${later.entered.process} began beside ${earlier.entered.process}`,
      );
    }
  }
}

/** When handlers worked. One that never left worked until something was last heard of it. */
function runsOf(events: readonly HistoryEvent[]): { entered: Entered; until: number }[] {
  return (of(events, 'entered') as Entered[]).map((entered) => {
    const isSame = (event: Left | Executed) =>
      event.process === entered.process && event.request === entered.request && event.at >= entered.at;
    const left = (of(events, 'left') as Left[]).find(isSame);
    const executed = (of(events, 'executed') as Executed[]).find(isSame);
    return { entered, until: (left ?? executed ?? entered).at };
  });
}

function checkAnswers(
  key: string,
  events: readonly HistoryEvent[],
  excuses: Excuses,
  violate: Violate,
): void {
  const from = events[0]!.at;
  const answers = of(events, 'answered') as Answered[];
  const [first] = successes(events);
  for (const { at, status, digest, code } of answers) {
    const window = { key, from, to: at };
    if (code === 'IDEMPOTENCY_UNCERTAIN') {
      if (!excuses.explain('stuck', window) && !excuses.explainWhileUncertain(window)) {
        violate('uncertain', at, 'no attempt can have ended without a word');
      }
    } else if (code === 'IDEMPOTENCY_KEY_EXPIRED') {
      if (!excuses.explain('answer-lost', window)) violate('answer-lost', at, 'it is not that old');
    } else if (code === undefined && status < 400 && first) {
      if (digest === first.digest && status === first.status) continue;
      if (!excuses.explain('two-answers', window))
        violate('two-answers', at, `after ${first.digest}: ${digest}`);
    }
  }
}

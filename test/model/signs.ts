import type { Consequence } from './consequences.js';
import type { FaultId } from './faults.js';
import { FAULTS_AT_ONCE, findingsOf, type FaultSet } from './findings.js';
import type { Guarantee } from './guarantee.js';
import type { History, HistoryEvent } from './history.js';
import type { ModelStore } from './stores.js';

/** What a fault looks like from outside. `late`: the answer's time is over. */
type Sign =
  | 'unanswered'
  | 'failed'
  | 'refused'
  | 'killed'
  | 'stopped'
  | 'paused'
  | 'not-applied'
  | 'completed'
  | 'down'
  | 'evicted'
  | 'failed-over'
  | 'restarted-empty'
  | 'late';

/** For each fault the signs of which all can be seen, in each of the ways it can look. */
const SIGNS: Readonly<Record<FaultId, readonly (readonly Sign[])[]>> = {
  'reply-lost': [['unanswered']],
  'acquire-reply-lost': [['down']],
  'error-nothing': [['refused']],
  'error-before': [['failed']],
  'error-after': [['failed']],
  'release-never': [['down', 'stopped']],
  'crash-before': [['killed']],
  'crash-after': [['killed']],
  'crash-saved': [['killed']],
  pause: [['paused'], ['down']],
  'save-fails': [['down']],
  'save-reply-lost': [['down']],
  'crash-saving': [['down', 'killed']],
  'save-never': [['down', 'stopped']],
  proceed: [['down']],
  'ttl-over': [['late']],
  'tombstone-over': [['late']],
  'wrong-resolution': [['not-applied']],
  'other-answer': [['completed']],
  'memory-lost': [['killed'], ['stopped']],
  'evict-running': [['evicted'], ['restarted-empty']],
  'evict-answer': [['evicted'], ['restarted-empty']],
  'evict-tombstone': [['evicted'], ['restarted-empty']],
  'failover-acquire': [['failed-over']],
  'failover-complete': [['failed-over']],
  'failover-release': [['failed-over']],
};

/** What a run was promised, and on what. */
export interface Terms {
  readonly guarantee: Guarantee;
  readonly store: ModelStore;
  /** The run has routes with `onStoreError: 'proceed'`. @default false */
  readonly proceeds?: boolean;
  /** ms after which nobody need know an answer any more. @default the run is shorter */
  readonly ttl?: number;
}

/** Part of a history: of one key, and of some processes where they are named. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly key: string;
  readonly processes?: ReadonlySet<string>;
}

/** Says whether the model knows a way from the faults that were seen to what came of them. */
export class Excuses {
  constructor(
    private readonly history: History,
    private readonly terms: Terms,
  ) {}

  explain(consequence: Consequence, window: Window): boolean {
    const { guarantee, store } = this.terms;
    const { minimal } = findingsOf(guarantee, store);
    if (this.saw(minimal[consequence], window)) return true;
    // The model goes no further than two faults. With a third, the record that would have told the late attempt of the
    // other answer can be gone, or out of reach, as well.
    return (
      consequence === 'two-answers' &&
      this.signsIn(window).length > FAULTS_AT_ONCE &&
      this.saw([...minimal['runs-twice'], ['other-answer']], window)
    );
  }

  explainWhileUncertain(window: Window): boolean {
    const { guarantee, store } = this.terms;
    const sets = [...findingsOf(guarantee, store).uncertainMeanwhile];
    return this.saw(
      sets.map((names) => names.split(' ') as FaultId[]),
      window,
    );
  }

  /** Whether one of the sets of faults was seen whole. */
  saw(sets: readonly FaultSet[], window: Window): boolean {
    const seen = new Set(this.signsIn(window));
    return sets.some((set) =>
      set.every(
        (fault) =>
          (fault !== 'proceed' || this.terms.proceeds === true) &&
          SIGNS[fault].some((signs) => signs.every((sign) => seen.has(sign))),
      ),
    );
  }

  /** One for each time. */
  private signsIn({ from, to, key, processes }: Window): Sign[] {
    const seen: Sign[] = [];
    if (this.terms.ttl !== undefined && to - from >= this.terms.ttl) seen.push('late');
    let wasDown = false;
    for (const event of this.history) {
      if (event.at > to) break;
      const sign = signOf(event, key, this.terms.store.isMemory ? undefined : processes);
      if (sign && event.at >= from) seen.push(sign);
      // What lasts may have begun before.
      if (event.kind !== 'store') continue;
      if (event.at < from) wasDown = event.what === 'down' || (wasDown && event.what !== 'up');
    }
    return wasDown ? [...seen, 'down'] : seen;
  }
}

function signOf(
  event: HistoryEvent,
  key: string,
  processes: ReadonlySet<string> | undefined,
): Sign | undefined {
  switch (event.kind) {
    case 'killed':
    case 'stopped':
    case 'paused':
      return processes && !processes.has(event.process) ? undefined : event.kind;
    case 'left':
      return event.how !== 'answered' && keyOf(event) === key ? event.how : undefined;
    case 'resolved':
      return keyOf(event) === key ? event.as : undefined;
    case 'unanswered':
      return keyOf(event) === key ? 'unanswered' : undefined;
    case 'store':
      return event.what === 'up' ? undefined : event.what;
    default:
      return undefined;
  }
}

/** Names a key together with its scope. */
export const keyOf = ({ scope, key }: { readonly scope: string; readonly key: string }): string =>
  JSON.stringify([scope, key]);

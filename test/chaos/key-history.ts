import type { Answered, Entered, HistoryEvent, Requested } from './history.js';

/** One execution of the handler. */
export interface Execution {
  readonly run: string;
  /** Name of the server. */
  readonly process: string;
  /** When its request was sent: it had no lease before. */
  readonly requested: number;
  readonly entered: number;
  readonly executed?: number;
  readonly left?: number;
  readonly how?: 'answered' | 'failed' | 'refused';
}

export interface Answer extends Answered {
  readonly to: Requested;
}

/** All that happened to one key of one scope. */
export interface KeyHistory {
  readonly scope: string;
  readonly key: string;
  readonly requests: readonly Requested[];
  /** In the order in which they began. */
  readonly executions: readonly Execution[];
  /** In the order in which they came. */
  readonly answers: readonly Answer[];
}

/** Sorts a history by keys. What belongs to no request or execution that the history knows is in `strays`. */
export function byKey(history: readonly HistoryEvent[]): { keys: KeyHistory[]; strays: HistoryEvent[] } {
  const keys = new Map<string, HistoryEvent[]>();
  for (const event of [...history].sort((one, other) => one.at - other.at)) {
    if (!('key' in event)) continue;
    const name = JSON.stringify([event.scope, event.key]);
    const events = keys.get(name);
    if (events) events.push(event);
    else keys.set(name, [event]);
  }
  const strays: HistoryEvent[] = [];
  return { keys: [...keys.values()].map((events) => keyHistory(events, strays)), strays };
}

function keyHistory(events: readonly HistoryEvent[], strays: HistoryEvent[]): KeyHistory {
  const requests = new Map<string, Requested>();
  for (const event of events) if (event.kind === 'requested') requests.set(event.request, event);
  const runs = new Map<string, Execution>();
  const answers: Answer[] = [];
  for (const event of events) {
    const run = 'run' in event ? runs.get(event.run) : undefined;
    if (event.kind === 'answered') {
      const to = requests.get(event.request);
      if (to) answers.push({ ...event, to });
      else strays.push(event);
    } else if (event.kind === 'entered') {
      runs.set(event.run, begun(event, requests.get(event.request)));
    } else if (event.kind === 'executed' || event.kind === 'left') {
      if (!run) strays.push(event);
      else if (event.kind === 'executed') runs.set(event.run, { ...run, executed: event.at });
      else runs.set(event.run, { ...run, left: event.at, how: event.how });
    }
  }
  const { scope, key } = events[0] as Requested;
  return { scope, key, requests: [...requests.values()], executions: [...runs.values()], answers };
}

function begun({ run, process, at }: Entered, request: Requested | undefined): Execution {
  return { run, process, requested: request?.at ?? at, entered: at };
}

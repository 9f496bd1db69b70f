import type { ChaosReport } from './run.js';
import type { Violation } from './violation.js';

function count(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([name, times]) => `${times} × ${name}`).join(', ') || 'none';
}

/** What happened in a run, in ten lines. */
export function summary({ history, faults, reruns, violations, executions, keys }: ChaosReport): string {
  const of = <K extends ChaosReport['history'][number]['kind']>(kind: K) =>
    history.filter((event) => event.kind === kind) as Extract<ChaosReport['history'][number], { kind: K }>[];
  const answers = of('answered').map(
    ({ status, code, replayed }) => `${status}${code ? ` ${code}` : ''}${replayed ? ' (replay)' : ''}`,
  );
  return [
    `keys            ${keys}`,
    `requests        ${of('requested').length}`,
    `answers         ${count(answers)}`,
    `no answer       ${count(of('unanswered').map(({ why }) => why))}`,
    `faults          ${count(faults.map(({ kind }) => kind))}`,
    `executions      ${executions}, with ${of('executed').length} effects`,
    `run again       ${count(reruns.map(({ why }) => why))}`,
    `violations      ${count(violations.map(({ rule }) => rule))}`,
  ].join('\n');
}

/** A violation and the whole history of its key, with the faults of that time. */
export function explain({ rule, scope, key, why }: Violation, { history }: ChaosReport): string {
  const own = history.filter((event) => 'key' in event && event.key === key && event.scope === scope);
  const from = Math.min(...own.map(({ at }) => at));
  const to = Math.max(...own.map(({ at }) => at));
  const faults = history.filter(
    (event) => !('key' in event) && event.at <= to && ('until' in event ? event.until : event.at) >= from,
  );
  const lines = [...own, ...faults]
    .sort((one, other) => one.at - other.at)
    .map(({ at, ...event }) => {
      // Of problems, the code says all.
      if ('body' in event && event.code) event = { ...event, body: '' };
      const rest = 'until' in event ? { ...event, until: Math.round(event.until - from) } : event;
      return `  ${(at - from).toFixed(1).padStart(9)} ms  ${JSON.stringify(rest)}`;
    });
  return [`${rule}: ${scope} ${key}: ${why}`, ...lines].join('\n');
}

import { CONSEQUENCES, type Consequence } from './consequences.js';
import { DEPENDENT, FAULT_IDS, FAULTS, type FaultId } from './faults.js';
import { findingsOf, type FaultSet, type Findings } from './findings.js';
import { GUARANTEES } from './guarantee.js';
import type { Acquired } from './store-steps.js';
import { STORES } from './stores.js';

/** What a retry gets; what counts most comes first. */
const RETRY: Record<Exclude<Acquired, 'in-progress'>, string> = {
  acquired: 'the retry runs',
  uncertain: 'uncertain',
  expired: 'the retry is told: expired',
  completed: 'the retry is a replay',
};

/** One guarantee on all stores: they say the same of the faults they share, as exploration.spec.ts proves. */
type PerStore = readonly Findings[];

/** The two tables of docs/guarantees.md. */
export function renderTables(): { readonly one: string; readonly two: string } {
  const all = GUARANTEES.map((guarantee) => STORES.map((store) => findingsOf(guarantee, store)));
  const one = FAULT_IDS.map((fault) => [
    FAULTS[fault],
    ...GUARANTEES.map(({ refuses }, at) =>
      refuses.includes(fault) ? 'refused at start-up' : cellOfOne(all[at]!, fault),
    ),
  ]);
  const pairs = FAULT_IDS.flatMap((first, at) =>
    FAULT_IDS.slice(at).map((second) => [first, second] as const),
  )
    .filter((pair) => !pair.some((fault) => DEPENDENT.includes(fault)))
    .filter((pair) => all.some((findings) => consequences(findings, isSame(pair)).length > 0));
  const two = pairs.map((pair) => [
    pair.map((fault) => FAULTS[fault]).join('; and '),
    ...all.map((findings) => cellOf(consequences(findings, isSame(pair))) ?? 'nothing more'),
  ]);
  return { one: render('what happens', one), two: render('what happens', two) };
}

function cellOfOne(findings: PerStore, fault: FaultId): string {
  const isIt = (faults: FaultSet) =>
    faults.includes(fault) && (DEPENDENT.includes(fault) || faults.length === 1);
  const found = consequences(findings, isIt);
  const isAnswerLostAlone = found.length === 1 && found[0] === 'answer-lost';
  return [cellOf(found), (found.length === 0 || isAnswerLostAlone) && retryAfter(findings, isIt)]
    .filter(Boolean)
    .join(': ');
}

function retryAfter(findings: PerStore, isIt: (faults: FaultSet) => boolean): string {
  const isNamed = (names: string) => isIt(names.split(' ') as FaultId[]);
  const told = new Set(
    findings.flatMap(({ retries }) =>
      [...retries].flatMap(([names, answers]) => (isNamed(names) ? [...answers] : [])),
    ),
  );
  const answer = (Object.keys(RETRY) as (keyof typeof RETRY)[]).find((each) => told.has(each));
  if (!answer) return 'cannot happen';
  const isUncertain = findings.some(({ uncertainMeanwhile }) => [...uncertainMeanwhile].some(isNamed));
  return isUncertain ? `uncertain for a while, then ${RETRY[answer]}` : RETRY[answer];
}

function consequences(findings: PerStore, isIt: (set: FaultSet) => boolean): Consequence[] {
  return (Object.keys(CONSEQUENCES) as Consequence[]).filter((consequence) =>
    findings.some(({ minimal }) => minimal[consequence].some(isIt)),
  );
}

const isSame = (pair: FaultSet) => (set: FaultSet) =>
  set.length === pair.length && set.every((fault, at) => fault === pair[at]);

const cellOf = (found: readonly Consequence[]): string | undefined =>
  found.length > 0 ? found.map((consequence) => CONSEQUENCES[consequence]).join(', ') : undefined;

/** As prettier leaves it. */
function render(title: string, rows: readonly (readonly string[])[]): string {
  const head = [title, ...GUARANTEES.map(({ name }) => name)];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

import type { Terms } from './history.js';
import type { Answer, Execution, KeyHistory } from './key-history.js';
import type { Troubles } from './troubles.js';
import { violates, type Violation } from './violation.js';

const FINAL = new Set([201, 402]);
const UNCERTAIN = 'IDEMPOTENCY_UNCERTAIN';

/** What the handler's answers say of themselves. */
interface Said {
  readonly scope: string;
  readonly key: string;
  readonly run: string;
}

/** Recorded answers: what a client that gets one may rely on. */
export const isFinal = ({ status }: { status: number }): boolean => FINAL.has(status);
export const isUncertain = ({ code }: { code?: string }): boolean => code === UNCERTAIN;

/** Holds every answer of a key against what was executed, and all final ones against each other. */
export function checkAnswers(history: KeyHistory, terms: Terms, troubles: Troubles): Violation[] {
  const runs = new Map(history.executions.map((execution) => [execution.run, execution]));
  return [
    ...history.answers.flatMap((answer) => [
      ...checkKind(history, answer, terms),
      ...checkContent(history, answer, runs),
    ]),
    ...checkEquality(history, runs, terms, troubles),
  ];
}

/** Whether this application can give this answer at all. */
function checkKind(history: KeyHistory, answer: Answer, { guarantee }: Terms): Violation[] {
  const { status, code, request, to } = answer;
  const name = `${status} ${code ?? ''}`.trim();
  if (isFinal(answer) && to.question !== history.requests[0]!.question) {
    return [violates('other-question', history, `${request} asked something else and got ${name}`)];
  }
  const allowed = code
    ? [
        '409 IDEMPOTENCY_IN_PROGRESS',
        '409 IDEMPOTENCY_LEASE_LOST',
        '503 IDEMPOTENCY_STORE_UNAVAILABLE',
        ...(to.question === history.requests[0]!.question ? [] : ['422 IDEMPOTENCY_KEY_REUSED']),
        ...(guarantee === 'at-most-once' ? [`409 ${UNCERTAIN}`] : []),
      ]
    : ['201', '402', '429', '500'];
  return allowed.includes(name)
    ? []
    : [violates('odd-answer', history, `${request} got ${name}: ${answer.body}`)];
}

/** Whether what the handler said is about this key, and true when it arrived. */
function checkContent(history: KeyHistory, answer: Answer, runs: Map<string, Execution>): Violation[] {
  if (answer.code) return [];
  const said = read(answer);
  if (!said) return [violates('odd-answer', history, `${answer.request} got ${answer.body}`)];
  if (said.scope !== history.scope || said.key !== history.key) {
    return [
      violates('foreign-answer', history, `${answer.request} got the answer of ${said.scope} ${said.key}`),
    ];
  }
  const run = runs.get(said.run);
  if (!run) return [violates('foreign-answer', history, `${answer.request} got ${said.run}, unknown here`)];
  if (isFinal(answer) && !(run.executed !== undefined && run.executed <= answer.at)) {
    return [violates('no-effect', history, `${answer.request} was told of ${said.run} before its effect`)];
  }
  return [];
}

/** One key, one final answer; but what could not be saved in time may be followed by another one. */
function checkEquality(
  history: KeyHistory,
  runs: Map<string, Execution>,
  terms: Terms,
  troubles: Troubles,
): Violation[] {
  const variants = new Map<string, Answer>();
  for (const answer of history.answers.filter(isFinal)) {
    const bytes = `${answer.status} ${answer.body}`;
    if (!variants.has(bytes)) variants.set(bytes, answer);
  }
  const binding = [...variants.values()].filter((answer) => {
    const run = runs.get(read(answer)?.run ?? '');
    return terms.guarantee === 'at-most-once' || !run || !mayBeUnsaved(run, answer, terms, troubles);
  });
  const told = new Set([...variants.values()].map((answer) => read(answer)?.run));
  if (binding.length <= 1 && told.size === variants.size) return [];
  const whom = [...variants.values()].map(({ request }) => request).join(', ');
  return [violates('answers-differ', history, `${variants.size} different final answers, to ${whom}`)];
}

/**
 * A success goes to its client even when it could not be saved: until it is, a fault can still lose it. That an attempt
 * lost its lease is no excuse: its client gets the winner's answer, or none.
 */
function mayBeUnsaved(run: Execution, answer: Answer, { recovery }: Terms, troubles: Troubles): boolean {
  if (answer.replayed || run.left === undefined) return false;
  return troubles.during(run.process, run.left - recovery, answer.at).length > 0;
}

function read({ body }: Answer): Said | undefined {
  try {
    const said = JSON.parse(body) as Said;
    return typeof said.run === 'string' ? said : undefined;
  } catch {
    return undefined;
  }
}

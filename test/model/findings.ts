import { CONSEQUENCES, consequencesOf, isQuiet, type Consequence } from './consequences.js';
import { explore } from './explore.js';
import type { FaultId } from './faults.js';
import type { Guarantee } from './guarantee.js';
import { complaintsAboutState, complaintsAboutStep } from './invariants.js';
import type { ModelStore } from './stores.js';
import { acquire, isUncertain, type Acquired } from './store-steps.js';

/** As many as the table speaks of: two duplicates and somebody who comes later; one fault, and one more. */
export const REQUESTS = 3;
export const FAULTS_AT_ONCE = 2;

export type FaultSet = readonly FaultId[];

/** What may come of which faults, under one guarantee on one store. */
export interface Findings {
  readonly states: number;
  /** Promises that were broken all the same, and under which faults. */
  readonly complaints: readonly string[];
  /** For each consequence the sets of faults that lead to it, of which no part does. */
  readonly minimal: Readonly<Record<Consequence, readonly FaultSet[]>>;
  /** By the faults that happened, joined by a space: what whoever asks is told when all is quiet again. */
  readonly retries: ReadonlyMap<string, ReadonlySet<Acquired>>;
  /** The faults, joined by a space, under which a key is uncertain while its attempt is still there. */
  readonly uncertainMeanwhile: ReadonlySet<string>;
}

const known = new Map<string, Findings>();

export function findingsOf(guarantee: Guarantee, store: ModelStore): Findings {
  const name = `${guarantee.name} ${store.name}`;
  const findings = known.get(name) ?? find(guarantee, store);
  known.set(name, findings);
  return findings;
}

function find(guarantee: Guarantee, store: ModelStore): Findings {
  const leading = new Map<Consequence, Map<string, FaultSet>>();
  const retries = new Map<string, Set<Acquired>>();
  const uncertainMeanwhile = new Set<string>();
  const complaints = new Set<string>();
  const complain = (faults: FaultSet, about: readonly string[]) =>
    about.forEach((complaint) => complaints.add(`${complaint}: ${faults.join(' + ')}`));
  const bounds = {
    requests: REQUESTS,
    faults: FAULTS_AT_ONCE,
    isMemory: store.isMemory,
    allowed: store.faults,
  };
  const states = explore(guarantee, bounds, {
    step: (from, step) => complain(step.state.faults, complaintsAboutStep(from, step)),
    state: (state) => {
      complain(state.faults, complaintsAboutState(state, guarantee));
      const name = state.faults.join(' ');
      for (const consequence of consequencesOf(state)) entry(leading, consequence).set(name, state.faults);
      if (isUncertain(state) && !isQuiet(state)) uncertainMeanwhile.add(name);
      const [first, last] = [state.requests[0]!, state.requests.at(-1)!];
      if (!isQuiet(state) || first.phase === 'idle' || last.phase !== 'idle') return;
      const { answer } = acquire(state, REQUESTS, guarantee);
      if (answer !== 'in-progress') retries.set(name, (retries.get(name) ?? new Set()).add(answer));
    },
  });
  const minimalSets = (consequence: Consequence) =>
    withoutSupersets([...entry(leading, consequence).values()]);
  const minimal = Object.fromEntries(
    (Object.keys(CONSEQUENCES) as Consequence[]).map((consequence) => [
      consequence,
      minimalSets(consequence),
    ]),
  ) as Record<Consequence, FaultSet[]>;
  return { states, complaints: [...complaints], minimal, retries, uncertainMeanwhile };
}

function entry(of: Map<Consequence, Map<string, FaultSet>>, consequence: Consequence): Map<string, FaultSet> {
  const found = of.get(consequence) ?? new Map<string, FaultSet>();
  of.set(consequence, found);
  return found;
}

function withoutSupersets(sets: readonly FaultSet[]): FaultSet[] {
  return sets.filter((set) => !sets.some((other) => other !== set && isPart(other, set)));
}

/** A fault may happen twice. */
function isPart(part: FaultSet, whole: FaultSet): boolean {
  const rest = [...whole];
  return part.every((fault) => {
    const at = rest.indexOf(fault);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

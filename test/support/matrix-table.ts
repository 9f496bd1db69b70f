// What each fault costs, per guarantee: the table that docs/guarantees.md tells in words.
import type { FaultPoint } from '../../lib/engine/fault-points.js';
import type { Ending, Guarantee, MatrixStore, StoreOperation } from './matrix-protocol.js';

/**
 * `ran`: an answer of the handler's; `replay`: a recorded one; else status and code. In the order of time; `ran` after a
 * fault means a second attempt, whose effect `executions` counts.
 */
export interface Outcome {
  /** A duplicate while the first request is at the point. */
  readonly meanwhile?: string;
  /** A duplicate after the lease of a process that stands still. */
  readonly lapsed?: string;
  /** The client that met the fault. */
  readonly first: string;
  /** A retry, when it is told something that stays. */
  readonly retry: string;
  /** A retry after somebody looked whether there was an effect, and resolved the uncertain record. */
  readonly resolved?: string;
  /** One more. */
  readonly last: string;
  readonly executions: number;
  /** Different answers of success that clients got. */
  readonly answers: number;
}

/** An outcome that is still being found out. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export const PROCESS_FAULTS = ['throws', 'is killed', 'stands still past its lease'] as const;
export type ProcessFault = (typeof PROCESS_FAULTS)[number];

export const POINTS: readonly FaultPoint[] = [
  'before-acquire',
  'after-acquire',
  'before-handler',
  'after-handler',
  'before-save',
  'after-save',
  'before-reply',
  'after-reply',
];

const IN_PROGRESS = '409 IDEMPOTENCY_IN_PROGRESS';
const UNCERTAIN = '409 IDEMPOTENCY_UNCERTAIN';

/** How far the first request has come at a point. */
function progressAt(point: FaultPoint): 'unclaimed' | 'claimed' | 'executed' | 'saved' {
  if (point === 'before-acquire') return 'unclaimed';
  if (point === 'after-acquire' || point === 'before-handler') return 'claimed';
  return point === 'after-handler' || point === 'before-save' ? 'executed' : 'saved';
}

/** An attempt that ends without a word: the next retry runs; or nobody does, until it is known whether it had an effect. */
function silence(
  guarantee: Guarantee,
  executed: boolean,
): Pick<Outcome, 'retry' | 'resolved' | 'executions'> {
  if (guarantee === 'at-least-once') return { retry: 'ran', executions: executed ? 2 : 1 };
  return { retry: UNCERTAIN, resolved: executed ? 'replay' : 'ran', executions: 1 };
}

/** A process that throws, dies or stops at a point. */
export function afterProcessFault(fault: ProcessFault, point: FaultPoint, guarantee: Guarantee): Outcome {
  const progress = progressAt(point);
  const meanwhile = progress === 'unclaimed' ? 'ran' : progress === 'saved' ? 'replay' : IN_PROGRESS;
  const outcome: Mutable<Outcome> = {
    meanwhile,
    first: 'ran',
    retry: 'replay',
    last: 'replay',
    executions: 1,
    answers: 1,
  };
  switch (fault) {
    case 'throws':
      // From the save on, an error changes neither the answer nor that it is kept.
      if (progress === 'saved' || point === 'before-save') return outcome;
      outcome.first = '500';
      // The duplicate has run.
      if (progress === 'unclaimed') return outcome;
      // Where the handler was not entered, nothing happened, and both guarantees know it.
      if (progress === 'claimed') return { ...outcome, retry: 'ran' };
      return { ...outcome, ...silence(guarantee, true) };
    case 'is killed':
      if (point !== 'after-reply') outcome.first = 'no answer';
      if (progress === 'unclaimed' || progress === 'saved') return outcome;
      return { ...outcome, ...silence(guarantee, progress === 'executed') };
    case 'stands still past its lease': {
      outcome.lapsed = 'replay';
      if (progress === 'saved') return outcome;
      if (progress === 'unclaimed') return { ...outcome, first: 'replay' };
      // Nobody has settled it: the late owner does.
      if (guarantee === 'at-most-once') return { ...outcome, lapsed: UNCERTAIN };
      // Side by side with a second attempt, whose answer is the answer.
      return { ...outcome, lapsed: 'ran', first: 'replay', executions: 2 };
    }
  }
}

export const STORE_FAULTS = [
  'the store times out',
  'the store times out, and does it later',
  'its reply is lost',
  'the store loses the write',
] as const;
export type StoreFault = (typeof STORE_FAULTS)[number];

/** An operation of the store, and of a release what it is for. */
export interface StoreCall {
  readonly operation: StoreOperation;
  readonly ending: Ending;
}

export const STORE_CALLS: readonly StoreCall[] = [
  { operation: 'acquire', ending: 'well' },
  { operation: 'extend', ending: 'well' },
  { operation: 'complete', ending: 'well' },
  { operation: 'release', ending: 'declining' },
  { operation: 'release', ending: 'failing' },
];

/** A store that fails one call. */
export function afterStoreFault(
  fault: StoreFault,
  { operation, ending }: StoreCall,
  guarantee: Guarantee,
  store: MatrixStore,
): Outcome {
  const outcome: Outcome = { first: 'ran', retry: 'replay', last: 'replay', executions: 1, answers: 1 };
  const isLostWrite = fault === 'the store loses the write';
  switch (operation) {
    case 'acquire':
      // Both run: nobody can know of the other. The duplicate is first, and its answer is the answer.
      if (isLostWrite) return { ...outcome, meanwhile: 'ran', first: 'replay', executions: 2 };
      // The client of Redis asks once more when it is connected again, and gets the lease that it has.
      if (fault === 'its reply is lost' && store === 'redis') return outcome;
      // The claim is taken back.
      return { ...outcome, first: '503 IDEMPOTENCY_STORE_UNAVAILABLE', retry: 'ran' };
    case 'extend':
      // One renewal of several in a lease.
      return outcome;
    case 'complete':
      // Saved in the background.
      if (!isLostWrite) return outcome;
      // The first client has its answer. A second execution may answer otherwise.
      return { ...outcome, ...silence(guarantee, true), answers: guarantee === 'at-least-once' ? 2 : 1 };
    case 'release':
      if (ending === 'failing') return { ...outcome, first: '500', ...silence(guarantee, true) };
      // Nothing happened. That only an attempt knows whose word is lost.
      if (isLostWrite) return { ...outcome, first: '429', ...silence(guarantee, false) };
      return { ...outcome, first: '429', retry: 'ran' };
  }
}

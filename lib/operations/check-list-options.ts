import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import { checkNames } from '../errors/unknown-names.js';
import type { RecordState } from '../store/idempotency-store.js';
import type { ListOptions } from './record-desk.js';

const NAMES = ['states', 'scope', 'runningFor', 'limit', 'cursor'] satisfies (keyof ListOptions)[];
const STATES: readonly RecordState[] = ['in-progress', 'uncertain', 'completed', 'expired', 'not-applied'];

/** @throws IdempotencyConfigurationError: a list that restricts less than was meant is a wrong list */
export function checkListOptions(options: ListOptions): void {
  checkNames('IdempotencyService.list()', options, NAMES);
  const problems = [...problemsOf(options)];
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
}

function* problemsOf({ states, runningFor, limit, cursor }: ListOptions): Generator<string> {
  const isList =
    Array.isArray(states) &&
    states.length > 0 &&
    (states as RecordState[]).every((one) => STATES.includes(one));
  if (states !== undefined && !isList) yield `The states to list are a list of some of ${STATES.join(', ')}.`;
  if (runningFor !== undefined && !(Number.isSafeInteger(runningFor) && runningFor >= 0)) {
    yield 'The runningFor of a list is a whole number of milliseconds.';
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= 1_000)) {
    yield 'The limit of a list is a whole number from 1 to 1000.';
  }
  if (cursor !== undefined && typeof cursor !== 'string')
    yield 'The cursor of a list is the `next` of a page.';
}

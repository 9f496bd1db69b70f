import { isEnded, type State } from './state.js';
import { isUncertain } from './store-steps.js';

/** What may come of faults, worst first, in the words of the table. */
export const CONSEQUENCES = {
  'runs-twice': '**runs twice**',
  'two-answers': '**two answers**',
  stuck: 'uncertain',
  'answer-lost': 'answer lost',
} as const;

export type Consequence = keyof typeof CONSEQUENCES;

/** Nothing more happens unless somebody does something. */
export const isQuiet = ({ requests }: State): boolean =>
  requests.every((request) => request.phase === 'idle' || isEnded(request));

export const answersTold = ({ requests }: State): Set<number> =>
  new Set(requests.flatMap(({ told }) => (told === undefined ? [] : [told])));

/** What has come of it in this state. */
export function consequencesOf(state: State): Consequence[] {
  const told = answersTold(state);
  const found: Consequence[] = [];
  if (state.effects.length > 1) found.push('runs-twice');
  if (told.size > 1) found.push('two-answers');
  if (!isQuiet(state)) return found;
  if (isUncertain(state)) found.push('stuck');
  const { record } = state;
  const replayable = record?.state === 'completed' ? record.answer : undefined;
  if ([...told].some((answer) => answer !== replayable)) found.push('answer-lost');
  return found;
}

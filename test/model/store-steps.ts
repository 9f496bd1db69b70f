import type { Guarantee } from './guarantee.js';
import { keeping, kept, type RequestNumber, type State } from './state.js';

/** The operations of the store contract, on a state of the model. */

export type Acquired = 'acquired' | 'in-progress' | 'uncertain' | 'completed' | 'expired';

export function acquire(
  state: State,
  fence: RequestNumber,
  { onLapse }: Guarantee,
): { answer: Acquired; state: State } {
  const { record, tombstone } = state;
  const claimed = (attempt: number) => ({
    answer: 'acquired' as const,
    state: keeping(
      { ...state, before: { ...state.before, acquire: kept(state) } },
      { state: 'in-progress', fence, attempt, lapsed: false, onLapse },
    ),
  });
  if (!record) return tombstone ? { answer: 'expired', state } : claimed(1);
  switch (record.state) {
    case 'completed':
      return { answer: 'completed', state };
    case 'not-applied':
      return claimed(record.attempt + 1);
    case 'in-progress':
      if (!record.lapsed) return { answer: 'in-progress', state };
      if (record.onLapse === 'uncertain' || onLapse === 'uncertain') return { answer: 'uncertain', state };
      return claimed(record.attempt + 1);
  }
}

export function complete(state: State, fence: RequestNumber): { isLost: boolean; state: State } {
  const { record } = state;
  if (record?.state === 'completed' && record.fence === fence) return { isLost: false, state };
  if (!isOwner(state, fence)) return { isLost: true, state };
  const before = { ...state.before, complete: kept(state) };
  return {
    isLost: false,
    state: keeping({ ...state, before }, { state: 'completed', fence, answer: fence }, true),
  };
}

/** `extend`: an owner that is late has its lease again. */
export function extend(state: State, fence: RequestNumber): State {
  const { record } = state;
  if (record?.state !== 'in-progress' || record.fence !== fence) return state;
  return keeping(state, { ...record, lapsed: false });
}

export function release(state: State, fence: RequestNumber, happened: 'nothing' | 'unknown'): State {
  if (!isOwner(state, fence)) return state;
  if (happened === 'unknown') return lapse(state);
  return keeping({ ...state, before: { ...state.before, release: kept(state) } }, undefined);
}

/** Time passes: the lease is over. */
export function lapse(state: State): State {
  const { record } = state;
  return record?.state === 'in-progress' ? keeping(state, { ...record, lapsed: true }) : state;
}

export const isOwner = ({ record }: State, fence: RequestNumber): boolean =>
  record?.state === 'in-progress' && record.fence === fence;

export const isUncertain = ({ record }: State): boolean =>
  record?.state === 'in-progress' && record.lapsed && record.onLapse === 'uncertain';

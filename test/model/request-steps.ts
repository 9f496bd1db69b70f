import type { FaultId } from './faults.js';
import type { Guarantee } from './guarantee.js';
import { becoming, type ModelRequest, type RequestNumber, type State } from './state.js';
import { acquire, complete, extend, isOwner, release } from './store-steps.js';

/** Something that may happen next. */
export interface Step {
  readonly name: string;
  readonly state: State;
  /** Present when it ought not to happen. */
  readonly fault?: FaultId;
  /** Whose step it is. */
  readonly by?: RequestNumber;
}

/** What one request may do next: acquire → effect → save → reply, and the ways in which each of them fails. */
export function requestSteps(state: State, number: RequestNumber, guarantee: Guarantee): Step[] {
  const request = state.requests[number]!;
  const to = (changes: Partial<ModelRequest>, from = state) =>
    becoming(from, number, { ...from.requests[number]!, ...changes });
  const effect = (phase: 'effected' | 'replying', changes?: Partial<ModelRequest>) =>
    to({ phase, ...changes }, { ...state, effects: [...state.effects, number] });

  switch (request.phase) {
    case 'idle': {
      // Requests ask in the order of their numbers.
      if (state.requests[number - 1]?.phase === 'idle') return [];
      const asked = acquire(state, number, guarantee);
      const isMine = asked.answer === 'acquired';
      const reply = asked.state.record?.state === 'completed' ? asked.state.record.answer : undefined;
      const next: ModelRequest = isMine
        ? { phase: 'running' }
        : asked.answer === 'completed' && reply !== undefined
          ? { phase: 'replying', reply }
          : { phase: 'over' };
      return [
        { name: `ask: ${asked.answer}`, state: becoming(asked.state, number, next) },
        {
          name: 'ask, unheard',
          fault: 'acquire-reply-lost',
          state: becoming(asked.state, number, { phase: isMine ? 'withdrawing' : 'over' }),
        },
        { name: 'proceed', fault: 'proceed', state: to({ phase: 'unprotected' }) },
      ];
    }
    case 'withdrawing':
      return [{ name: 'withdraw', state: to({ phase: 'over' }, release(state, number, 'nothing')) }];
    case 'running':
      return [
        { name: 'effect', state: effect('effected') },
        {
          name: 'refuse',
          fault: 'error-nothing',
          state: to({ phase: 'failing', happened: 'nothing' }),
        },
        {
          name: 'fail',
          fault: 'error-before',
          state: to({ phase: 'failing', happened: guarantee.afterFailure }),
        },
        ...renewal(state, number),
      ];
    case 'unprotected':
      return [{ name: 'effect', state: effect('replying', { reply: number }) }];
    case 'effected': {
      const unsaved = { phase: 'saving', told: number } as const;
      return [
        { name: 'save', state: saved(state, number) },
        { name: 'save in vain', fault: 'save-fails', state: to(unsaved) },
        {
          name: 'save, unheard',
          fault: 'save-reply-lost',
          state: to(unsaved, complete(state, number).state),
        },
        { name: 'never save', fault: 'save-never', state: to({ phase: 'over', told: number }) },
        {
          name: 'fail',
          fault: 'error-after',
          state: to({ phase: 'failing', happened: guarantee.afterFailure }),
        },
        ...renewal(state, number),
      ];
    }
    case 'failing':
      return [
        { name: 'release', state: to({ phase: 'over' }, release(state, number, request.happened!)) },
        { name: 'never release', fault: 'release-never', state: to({ phase: 'over' }) },
      ];
    case 'saving':
      return [
        { name: 'save again', state: to({ phase: 'over' }, complete(state, number).state) },
        ...renewal(state, number),
      ];
    case 'replying': {
      const { reply, ...rest } = request;
      const told = { ...rest, phase: 'over' as const, ...(reply !== undefined && { told: reply }) };
      return [
        { name: 'reply', state: becoming(state, number, told) },
        { name: 'reply in vain', fault: 'reply-lost', state: to({ phase: 'over' }) },
      ];
    }
    case 'over':
    case 'dead':
      return [];
  }
}

/** The winner's answer is the answer; where there is no other, ours is still true. */
function saved(state: State, number: RequestNumber): State {
  const { isLost, state: after } = complete(state, number);
  const { record } = after;
  const { reply: _, ...request } = after.requests[number]!;
  if (!isLost || !record) return becoming(after, number, { ...request, phase: 'replying', reply: number });
  if (record.state !== 'completed') return becoming(after, number, { ...request, phase: 'replying' });
  return becoming(after, number, { ...request, phase: 'replying', reply: record.answer });
}

function renewal(state: State, number: RequestNumber): Step[] {
  const isLate = isOwner(state, number) && state.record?.state === 'in-progress' && state.record.lapsed;
  return isLate ? [{ name: 'renew', state: extend(state, number) }] : [];
}

import type { Step } from './request-steps.js';
import { AT_MOST_ONCE } from './guarantee.js';
import { complaintsAboutState, complaintsAboutStep } from './invariants.js';
import { initial, keeping, type ModelRecord, type State } from './state.js';

const COMPLETED: ModelRecord = { state: 'completed', fence: 0, answer: 0 };
const CLAIMED: ModelRecord = {
  state: 'in-progress',
  fence: 1,
  attempt: 1,
  lapsed: false,
  onLapse: 'uncertain',
};

const having = (record: ModelRecord | undefined): State => keeping(initial(3), record);
const complain = (from: ModelRecord | undefined, to: ModelRecord | undefined, step: Partial<Step>) =>
  complaintsAboutStep(having(from), { name: '', state: having(to), ...step });

describe('the invariants of the model', () => {
  it.each([
    ['a completed record changed', COMPLETED, { ...COMPLETED, answer: 1 }, { by: 1 }],
    ['a completed record changed', COMPLETED, undefined, { fault: 'crash-saved' }],
    ['a stale owner wrote', CLAIMED, COMPLETED, { by: 0 }],
    ['a stale owner wrote', CLAIMED, undefined, { by: 0 }],
    ['a lease was taken from its owner', CLAIMED, { ...CLAIMED, fence: 2 }, { by: 2 }],
    ['an uncertain key ran again', { ...CLAIMED, lapsed: true }, { ...CLAIMED, fence: 2 }, { by: 2 }],
    ['a fence shrank', CLAIMED, { ...CLAIMED, fence: 0 }, { by: 0 }],
  ] as const)('notice that %s', (complaint, from, to, step) => {
    expect(complain(from, to, step)).toContain(complaint);
  });

  it('accept what an owner, and what time does', () => {
    expect(complain(undefined, CLAIMED, { by: 1 })).toEqual([]);
    expect(complain(CLAIMED, { ...COMPLETED, fence: 1 }, { by: 1 })).toEqual([]);
    expect(complain(COMPLETED, undefined, { fault: 'ttl-over' })).toEqual([]);
  });

  it('notice two attempts at the same time, unless a fault allows it', () => {
    const both: State = { ...initial(2), requests: [{ phase: 'running' }, { phase: 'effected' }] };
    expect(complaintsAboutState(both, AT_MOST_ONCE)).toEqual(['two attempts ran side by side']);
    expect(complaintsAboutState({ ...both, faults: ['pause'] }, AT_MOST_ONCE)).toEqual([]);
  });

  it('notice a success that became an error', () => {
    const unsaved: State = { ...initial(2), requests: [{ phase: 'saving' }, { phase: 'idle' }] };
    expect(complaintsAboutState(unsaved, AT_MOST_ONCE)).toEqual([
      'a success became an error because saving it failed',
    ]);
  });
});

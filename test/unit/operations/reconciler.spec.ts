import type { UncertainSighting } from '../../../lib/engine/engine.js';
import { Reconciler } from '../../../lib/operations/reconciler.js';
import type {
  RecordResolution,
  UncertaintyResolver,
  UncertainRecord,
} from '../../../lib/operations/resolution.js';
import { Gate, settle } from '../../support/fault-gate.js';

const NOT_APPLIED: RecordResolution = { as: 'not-applied', by: 'job', why: 'no charge' };
const DOWN = new Error('provider is down');

const sightingOf = (id: string, fence = 1): UncertainSighting => ({
  ref: { id, fence },
  operation: 'Orders.pay',
  attempt: 2,
});

const fail = (error: unknown) => {
  throw error;
};

const lookUp = async ({ ref, operation, attempt }: UncertainSighting) => ({
  ...{ reference: ref.id, operation, attempt, runningFor: 1_500 },
});

function open(resolver: UncertaintyResolver) {
  const asked: UncertainRecord[] = [];
  const resolved: [UncertainSighting, RecordResolution][] = [];
  const errors: unknown[] = [];
  const state = { fails: false };
  const reconciler = new Reconciler(
    (record) => {
      asked.push(record);
      return resolver(record);
    },
    lookUp,
    async (...found) => {
      if (state.fails) throw DOWN;
      resolved.push(found);
    },
    (error) => errors.push(error),
  );
  return { reconciler, asked, resolved, errors, state };
}

describe('the reconciler', () => {
  it('asks with what names the attempt, and resolves just that attempt', async () => {
    const { reconciler, asked, resolved, errors } = open(() => NOT_APPLIED);
    reconciler.notice(sightingOf('a', 7));
    await settle();
    expect(asked).toEqual([{ reference: 'a', operation: 'Orders.pay', attempt: 2, runningFor: 1_500 }]);
    expect(resolved).toEqual([[sightingOf('a', 7), NOT_APPLIED]]);
    expect(errors).toEqual([]);
  });

  it('does not ask about a record that is not uncertain any more', async () => {
    let asked = 0;
    const gone = async () => undefined;
    const reconciler = new Reconciler(
      () => void (asked += 1),
      gone,
      async () => undefined,
      fail,
    );
    reconciler.notice(sightingOf('a'));
    await settle();
    expect(asked).toBe(0);
  });

  it('leaves a record alone of which nothing is said', async () => {
    const { reconciler, resolved, errors } = open(async () => undefined);
    reconciler.notice(sightingOf('a'));
    await settle();
    expect({ resolved, errors }).toEqual({ resolved: [], errors: [] });
  });

  it('does not ask twice at a time about one attempt, and again when it is sighted later', async () => {
    const gate = new Gate();
    const { reconciler, asked } = open(() => gate.pass());
    for (let i = 0; i < 5; i++) reconciler.notice(sightingOf('a'));
    await settle();
    expect(asked).toHaveLength(1);
    gate.open();
    await settle();
    reconciler.notice(sightingOf('a'));
    await settle();
    expect(asked).toHaveLength(2);
  });

  it('asks about another attempt of the same record, and about other records, meanwhile', async () => {
    const gate = new Gate();
    const { reconciler, asked } = open(() => gate.pass());
    for (const sighting of [sightingOf('a', 1), sightingOf('a', 2), sightingOf('b', 1)])
      reconciler.notice(sighting);
    await settle();
    expect(asked.map(({ reference }) => reference)).toEqual(['a', 'a', 'b']);
  });

  it('does not ask again before its resolution was stored', async () => {
    const gate = new Gate();
    let asked = 0;
    const reconciler = new Reconciler(
      () => (asked++, NOT_APPLIED),
      lookUp,
      () => gate.pass(),
      () => undefined,
    );
    reconciler.notice(sightingOf('a'));
    await gate.reached;
    reconciler.notice(sightingOf('a'));
    expect(asked).toBe(1);
    gate.open();
    await settle();
    reconciler.notice(sightingOf('a'));
    await settle();
    expect(asked).toBe(2);
  });

  it('asks about a hundred at a time at most; places become free', async () => {
    const gates: Gate[] = [];
    const { reconciler, asked } = open(() => {
      const gate = new Gate();
      gates.push(gate);
      return gate.pass();
    });
    for (let i = 0; i < 150; i++) reconciler.notice(sightingOf(`r${i}`));
    await settle();
    expect(asked).toHaveLength(100);
    for (const gate of gates.splice(0, 10)) gate.open();
    await settle();
    for (let i = 100; i < 150; i++) reconciler.notice(sightingOf(`r${i}`));
    await settle();
    expect(asked).toHaveLength(110);
  });

  it('gives the places of those that hang to others, says so, and still takes what they say', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const gates: Gate[] = [];
      const { reconciler, asked, resolved, errors } = open(async () => {
        const gate = new Gate();
        gates.push(gate);
        await gate.pass();
        return NOT_APPLIED;
      });
      for (let i = 0; i < 101; i++) reconciler.notice(sightingOf(`r${i}`));
      await jest.advanceTimersByTimeAsync(0);
      expect(asked).toHaveLength(100);
      await jest.advanceTimersByTimeAsync(60_000);
      expect(errors).toHaveLength(100);
      expect(String(errors[0])).toContain('onUncertain has said nothing of r0');
      reconciler.notice(sightingOf('r100'));
      await jest.advanceTimersByTimeAsync(0);
      expect(asked).toHaveLength(101);
      for (const gate of gates) gate.open();
      await settle();
      expect(resolved).toHaveLength(101);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it.each<[string, UncertaintyResolver]>([
    [
      'throws',
      () => {
        throw DOWN;
      },
    ],
    ['rejects', () => Promise.reject(DOWN)],
  ])('tells of a resolver that %s, and asks it again next time', async (_, resolver) => {
    const { reconciler, asked, resolved, errors } = open(resolver);
    expect(() => reconciler.notice(sightingOf('a'))).not.toThrow();
    await settle();
    expect(errors).toEqual([DOWN]);
    reconciler.notice(sightingOf('a'));
    await settle();
    expect(asked).toHaveLength(2);
    expect(resolved).toEqual([]);
  });

  it('tells of a resolution that could not be stored, and asks again next time', async () => {
    const { reconciler, resolved, errors, state } = open(() => NOT_APPLIED);
    state.fails = true;
    reconciler.notice(sightingOf('a'));
    await settle();
    expect(errors).toEqual([DOWN]);
    state.fails = false;
    reconciler.notice(sightingOf('a'));
    await settle();
    expect(resolved).toHaveLength(1);
  });
});

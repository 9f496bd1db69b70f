import { RecordUnreadableError } from '../../../lib/errors/record-unreadable.error.js';
import { settle } from '../../support/fault-gate.js';
import { throws } from '../../support/fault-store.js';
import { advance, ANSWER, fakeTime, Harness, KEPT } from './engine-harness.js';

const WAIT = 10_000;
const LONG = { lease: 60_000 };

describe('the bounds of the waiting room', () => {
  fakeTime();

  const small = () => new Harness({}, { maxWaiters: 3, maxWaitersPerKey: 2 });
  const wait = (harness: Harness, id: string, left?: AbortController) =>
    harness.kindOf({ id, wait: WAIT, ...(left && { left: () => left.signal }) });

  /** Exactly `free` more can wait for the key: the next one gets the conflict with no time passing. */
  async function expectFree(harness: Harness, id: string, free: number): Promise<void> {
    const leaving = Array.from({ length: free + 1 }, () => new AbortController());
    let turnedAway = 0;
    const kinds = leaving.map((left) =>
      wait(harness, id, left).then((kind) => {
        if (!left.signal.aborted) turnedAway++;
        return kind;
      }),
    );
    await settle();
    expect(turnedAway).toBe(1);
    for (const left of leaving) left.abort();
    expect(new Set(await Promise.all(kinds))).toEqual(new Set(['conflict']));
    await settle();
  }

  it('turn away at once who comes too many for a key', async () => {
    const harness = small();
    const attempt = await harness.run({ id: 'a', ...LONG });
    const waiters = [wait(harness, 'a'), wait(harness, 'a')];
    await settle();
    expect(await wait(harness, 'a')).toBe('conflict');
    await attempt.complete(ANSWER, KEPT);
    expect(await Promise.all(waiters)).toEqual(['replay', 'replay']);
  });

  it('turn away at once who comes too many for the process, whatever the key', async () => {
    const harness = small();
    for (const id of ['a', 'b', 'c']) await harness.run({ id, ...LONG });
    void wait(harness, 'a');
    void wait(harness, 'a');
    void wait(harness, 'b');
    await settle();
    expect(await wait(harness, 'b')).toBe('conflict');
    expect(await wait(harness, 'c')).toBe('conflict');
    expect(harness.engine.recordsAwaited).toBe(2);
  });

  it.each([
    [0, 1_000],
    [1_000, 0],
  ])('let nobody wait when they are %d and %d', async (maxWaiters, maxWaitersPerKey) => {
    const harness = new Harness({}, { maxWaiters, maxWaitersPerKey });
    await harness.run({ id: 'a', ...LONG });
    expect(await wait(harness, 'a')).toBe('conflict');
    expect(harness.store.calls.watch).toBe(0);
  });

  it('give a place that becomes free to the next one', async () => {
    const harness = small();
    const attempt = await harness.run({ id: 'a', ...LONG });
    const left = new AbortController();
    const first = wait(harness, 'a', left);
    const second = wait(harness, 'a');
    await settle();
    left.abort();
    expect(await first).toBe('conflict');
    const third = wait(harness, 'a');
    await settle();
    expect(await wait(harness, 'a')).toBe('conflict');
    await attempt.complete(ANSWER, KEPT);
    expect(await Promise.all([second, third])).toEqual(['replay', 'replay']);
  });

  it.each<[string, (harness: Harness, left: AbortController) => unknown]>([
    ['get the answer', () => undefined],
    ['leave', (_, left) => left.abort()],
    ['waited long enough', () => advance(WAIT)],
    [
      'fail',
      (harness) => {
        harness.store.inject('acquire', throws(new RecordUnreadableError('corrupt')));
        return advance(2_100);
      },
    ],
  ])('count right after those who waited %s', async (_, happen) => {
    const harness = small();
    const attempt = await harness.run({ id: 'a', ...LONG });
    const left = new AbortController();
    const waiters = [wait(harness, 'a', left), wait(harness, 'a', left)];
    const all = Promise.allSettled(waiters);
    await settle();
    await happen(harness, left);
    await attempt.complete(ANSWER, KEPT);
    await all;
    await settle();
    expect(harness.engine.recordsAwaited).toBe(0);
    for (const id of ['b', 'c']) await harness.run({ id, ...LONG });
    await expectFree(harness, 'b', 2);
    void wait(harness, 'c');
    void wait(harness, 'c');
    await settle();
    await expectFree(harness, 'b', 1);
  });

  it('never drift, whatever happens at once to whom', async () => {
    const harness = small();
    for (let round = 0; round < 30; round++) {
      const attempt = await harness.run({ id: 'a', ...LONG });
      const leaving = [0, 1, 2].map(() => new AbortController());
      const all = Promise.allSettled(leaving.map((left) => wait(harness, 'a', left)));
      await settle();
      // Leaving, timing out and being answered, in every order and side by side.
      const steps = [
        () => leaving[0]!.abort(),
        () => attempt.complete(ANSWER, { response: 1, tombstone: 0 }),
        () => leaving[1]!.abort(),
        () => advance(WAIT),
      ];
      await Promise.all(steps.map((_, i) => steps[(i + round) % steps.length]!()));
      await advance(WAIT);
      await all;
      await settle();
    }
    await harness.run({ id: 'b', ...LONG });
    await expectFree(harness, 'b', 2);
  });

  it('[B28] count nobody any more when all were dismissed', async () => {
    const harness = small();
    const attempt = await harness.run({ id: 'a', ...LONG });
    const waiters = [wait(harness, 'a'), wait(harness, 'a')];
    await settle();
    const drained = harness.engine.drain(1_000);
    expect(await Promise.all(waiters)).toEqual(['closing', 'closing']);
    await attempt.release('nothing');
    await drained;
    expect(harness.engine.recordsAwaited).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });
});

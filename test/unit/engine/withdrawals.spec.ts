import { Withdrawals } from '../../../lib/engine/withdrawals.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { advance, fakeTime } from './engine-harness.js';

const claim = (token: string | number) => ({ id: 'id', token: String(token) });
const DOWN = new Error('down');

/** A store that takes claims back when it is up, and what it was asked. */
function storeOf() {
  const asked: string[] = [];
  const taken: string[] = [];
  const state = { down: false, atOnce: 0, mostAtOnce: 0, gate: undefined as Gate | undefined };
  const withdrawals = new Withdrawals(async ({ token }) => {
    asked.push(token);
    state.mostAtOnce = Math.max(state.mostAtOnce, ++state.atOnce);
    await (state.gate?.pass() ?? Promise.resolve());
    state.atOnce--;
    if (state.down) throw DOWN;
    taken.push(token);
  });
  return { state, asked, taken, withdrawals };
}

describe('claims to take back', () => {
  fakeTime();

  it('are taken back at once, in order, one at a time', async () => {
    const { state, taken, withdrawals } = storeOf();
    for (const token of ['a', 'b', 'c']) withdrawals.add(claim(token));
    await settle();
    expect(taken).toEqual(['a', 'b', 'c']);
    expect(state.mostAtOnce).toBe(1);
    expect(withdrawals.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are taken back when the store is up again', async () => {
    const { state, asked, taken, withdrawals } = storeOf();
    state.down = true;
    for (const token of ['a', 'b', 'c']) withdrawals.add(claim(token));
    await advance(60_000);
    expect(new Set(asked)).toEqual(new Set(['a', 'b', 'c']));
    expect(withdrawals.size).toBe(3);
    state.down = false;
    await advance(5_000);
    expect(taken.sort()).toEqual(['a', 'b', 'c']);
    expect(withdrawals.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are asked for after pauses that double, up to 5 s, and begin anew after a success', async () => {
    const { state, asked, withdrawals } = storeOf();
    state.down = true;
    withdrawals.add(claim('a'));
    for (const pause of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
      const { length } = asked;
      await advance(pause - 1);
      expect(asked).toHaveLength(length);
      await advance(1);
      expect(asked).toHaveLength(length + 1);
    }
    state.down = false;
    await advance(5_000);
    state.down = true;
    withdrawals.add(claim('b'));
    await advance(0);
    const { length } = asked;
    await advance(100);
    expect(asked).toHaveLength(length + 1);
  });

  it('are never forgotten when they come just as the last one was taken back', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const { taken, withdrawals } = storeOf();
      withdrawals.add(claim('a'));
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      withdrawals.add(claim('b'));
      await settle();
      expect(taken).toEqual(['a', 'b']);
    }
  });

  it('are not held up by one that the store goes on refusing', async () => {
    const taken: string[] = [];
    const withdrawals = new Withdrawals(async ({ token }) => {
      if (token === 'a') throw DOWN;
      taken.push(token);
    });
    for (const token of ['a', 'b', 'c']) withdrawals.add(claim(token));
    await advance(100);
    expect(taken).toEqual(['b', 'c']);
    expect(withdrawals.size).toBe(1);
    const hurried = withdrawals.hurry();
    await advance(0);
    await hurried;
  });

  it('are ten thousand at most: the oldest are kept, which were under way when the store went away', async () => {
    const { state, taken, withdrawals } = storeOf();
    state.gate = new Gate();
    for (let i = 0; i < 10_500; i++) withdrawals.add(claim(i));
    expect(withdrawals.size).toBe(10_000);
    state.gate.open();
    await settle();
    for (let i = 0; i < 10_000 && withdrawals.size > 0; i++) await settle();
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, i) => String(i)));
  });

  describe('in a hurry', () => {
    it('are all tried without a pause', async () => {
      const { state, taken, withdrawals } = storeOf();
      state.down = true;
      for (const token of ['a', 'b', 'c']) withdrawals.add(claim(token));
      await advance(10);
      state.down = false;
      await withdrawals.hurry();
      expect(taken.sort()).toEqual(['a', 'b', 'c']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('are given up after the first failure', async () => {
      const { state, asked, withdrawals } = storeOf();
      state.down = true;
      for (const token of ['a', 'b', 'c']) withdrawals.add(claim(token));
      await advance(10);
      expect(asked).toEqual(['a']);
      await withdrawals.hurry();
      expect(asked).toEqual(['a', 'b']);
      expect(withdrawals.size).toBe(0);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('get their last try after one that was under way already', async () => {
      const { state, asked, withdrawals } = storeOf();
      const gate = (state.gate = new Gate());
      state.down = true;
      withdrawals.add(claim('a'));
      await gate.reached;
      const done = withdrawals.hurry();
      gate.open();
      await done;
      expect(asked).toEqual(['a', 'a']);
      expect(withdrawals.size).toBe(0);
    });

    it('that come later get one try', async () => {
      const { state, asked, withdrawals } = storeOf();
      await withdrawals.hurry();
      state.down = true;
      withdrawals.add(claim('a'));
      await settle();
      expect(asked).toEqual(['a']);
      expect(withdrawals.size).toBe(0);
    });
  });
});

describe('claims that cannot be taken back', () => {
  it('keep no process alive', async () => {
    const alive = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = alive();
    const withdrawals = new Withdrawals(() => Promise.reject(DOWN));
    withdrawals.add(claim('a'));
    await settle();
    expect(alive()).toBe(before);
    await withdrawals.hurry();
  });
});

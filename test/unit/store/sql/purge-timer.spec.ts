import { inBatches, PurgeTimer } from '../../../../lib/store/sql/purge-timer.js';

describe('purging', () => {
  it('goes on until a statement finds less than it may', async () => {
    const counts = [10, 10, 3, 10];
    expect(await inBatches(10, () => counts.shift()!)).toBe(23);
    expect(counts).toEqual([10]);
  });

  it('has one round at a time, survives a failed one, and is awaited when it stops', async () => {
    let rounds = 0;
    let under = 0;
    let second!: () => void;
    const twice = new Promise<void>((resolve) => (second = resolve));
    const timer = new PurgeTimer(async () => {
      expect(++under).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      under--;
      if (++rounds === 2) second();
      throw new Error('a database that is gone');
    });
    timer.start(1);
    timer.start(1);
    await twice;
    await timer.stop();
    expect(under).toBe(0);
  });

  it('is off where it is not wanted', async () => {
    const timer = new PurgeTimer(() => Promise.reject(new Error('never')));
    timer.start(false);
    await timer.stop();
  });
});

import { Backoff } from '../../../lib/engine/backoff.js';
import { advance, fakeTime } from './engine-harness.js';

describe('pauses between tries', () => {
  fakeTime();

  async function lengthOf(pause: Promise<void>): Promise<number> {
    const begun = Date.now();
    let over: number | undefined;
    void pause.then(() => (over = Date.now()));
    while (over === undefined) await advance(50);
    return over - begun;
  }

  it('double, up to 5 s, and begin anew when reset', async () => {
    const backoff = new Backoff();
    const lengths: number[] = [];
    for (let i = 0; i < 8; i++) lengths.push(await lengthOf(backoff.pause()));
    expect(lengths).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    backoff.reset();
    expect(await lengthOf(backoff.pause())).toBe(100);
  });

  it('end at once in a hurry: the one under way, and all after', async () => {
    const backoff = new Backoff();
    expect(backoff.isHurried).toBe(false);
    const pause = backoff.pause();
    backoff.hurry();
    await pause;
    await backoff.pause();
    expect(backoff.isHurried).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});

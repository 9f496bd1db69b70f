import { FakeClock } from '../../../lib/testing/index.js';

describe('[B57] FakeClock', () => {
  it('stands still until it is told to advance', () => {
    const { now, advance } = new FakeClock();
    expect([now(), now()]).toEqual([0, 0]);
    advance(1500);
    advance(0);
    expect(now()).toBe(1500);
  });

  it.each([-1, NaN])('refuses to advance by %s', (ms) => {
    expect(() => new FakeClock().advance(ms)).toThrow(RangeError);
  });
});

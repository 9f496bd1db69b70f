import { Latch } from '../../../lib/engine/latch.js';
import { Occupancy } from '../../../lib/engine/occupancy.js';

describe('something that happens once', () => {
  it('is told to whoever asked before, and to whoever asks after', async () => {
    const latch = new Latch();
    const before = [latch.opened, latch.opened];
    latch.open();
    await Promise.all([...before, latch.opened]);
  });
});

describe('those who are inside', () => {
  it('are waited for until the last has left', async () => {
    const occupancy = new Occupancy();
    await occupancy.emptied();
    occupancy.enter();
    occupancy.enter();
    let isEmpty = false;
    const emptied = occupancy.emptied().then(() => (isEmpty = true));
    occupancy.leave();
    await Promise.resolve();
    expect(isEmpty).toBe(false);
    occupancy.leave();
    await emptied;
    expect(occupancy.size).toBe(0);
  });
});

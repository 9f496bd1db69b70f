import { ExpiryQueue, type Expiring } from '../../../lib/store/memory/expiry-queue.js';

function drain(queue: ExpiryQueue<Expiring>): number[] {
  const ends: number[] = [];
  for (let first = queue.first; first; first = queue.first) {
    ends.push(first.expires);
    queue.remove(first);
  }
  return ends;
}

const entry = (expires: number): Expiring => ({ expires, slot: -1 });
const sorted = (entries: Iterable<Expiring>): number[] =>
  [...entries].map(({ expires }) => expires).sort((a, b) => a - b);

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('ExpiryQueue', () => {
  it('has nothing first when it is empty', () => {
    const queue = new ExpiryQueue();
    expect([queue.first, queue.size]).toEqual([undefined, 0]);
  });

  it.each([
    ['rising', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['falling', [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    ['equal', [5, 5, 5, 5, 5, 5, 5]],
    ['fractions and large numbers', [0.5, 2 ** 40, 0.25, 5e12, 1]],
  ])('gives what ends first, first: %s', (_, ends) => {
    const queue = new ExpiryQueue();
    for (const end of ends) queue.add(entry(end));
    expect(drain(queue)).toEqual([...ends].sort((a, b) => a - b));
  });

  it('moves an entry both ways', () => {
    const queue = new ExpiryQueue();
    const entries = [10, 20, 30, 40, 50, 60].map(entry);
    for (const each of entries) queue.add(each);
    queue.move(entries[5] as Expiring, 5);
    expect(queue.first).toBe(entries[5]);
    queue.move(entries[5] as Expiring, 45);
    expect(drain(queue)).toEqual([10, 20, 30, 40, 45, 50]);
  });

  it.each([1, 2, 3, 4, 5])('stays in order through thousands of changes (series %i)', (seed) => {
    const below = numbers(seed);
    const queue = new ExpiryQueue();
    const present: Expiring[] = [];
    for (let i = 0; i < 5000; i++) {
      const which = below(present.length);
      const known = present[which];
      const action = below(4);
      if (known === undefined || action < 2) {
        const added = entry(below(1000));
        present.push(added);
        queue.add(added);
      } else if (action === 2) {
        queue.move(known, below(1000));
      } else {
        present.splice(which, 1);
        queue.remove(known);
      }
      expect(queue.size).toBe(present.length);
      expect(queue.first?.expires).toBe(
        present.length ? Math.min(...present.map((e) => e.expires)) : undefined,
      );
    }
    expect(drain(queue)).toEqual(sorted(present));
  });
});

import type { IdempotencyStore } from '../../../lib/store/idempotency-store.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { ReferenceStore } from '../../support/broken-stores/reference-store.js';
import { Storage } from '../../support/broken-stores/storage.js';

const IDS = ['a', 'b', 'c'];
const DURATIONS = [1, 5, 20, 100, 1000];

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Operation = (store: IdempotencyStore) => Promise<unknown>;

function operation(below: (below: number) => number, lastFence: number): Operation {
  const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const id = pick(IDS);
  const [short, long] = [pick(DURATIONS), pick(DURATIONS)].sort((a, b) => a - b) as [number, number];
  const ref = { id, fence: Math.max(1, lastFence - below(6)) };
  const claim = { id, fingerprint: pick(['f', 'f', 'g']), lease: short, keep: long };
  const response = Uint8Array.of(below(256));
  return pick<Operation>([
    (store) => store.acquire(claim),
    (store) => store.acquire({ ...claim, waiting: true }),
    (store) => store.extend(ref, short, long),
    (store) => store.complete(ref, response, long),
    (store) => store.release(ref),
  ]);
}

describe('[B67] MemoryStore', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'answers as the plainest store does, whatever happens (series %i)',
    async (seed) => {
      const below = numbers(seed);
      const storage = new Storage();
      const plain = new ReferenceStore(storage);
      const store = new MemoryStore({ clock: storage.clock.now });
      const told: Record<'plain' | 'store', string[]> = { plain: [], store: [] };
      await plain.watch((id) => told.plain.push(id));
      await store.watch((id) => told.store.push(id));

      for (let i = 0; i < 5000; i++) {
        const work = operation(below, storage.lastFence);
        expect([i, await work(store)]).toEqual([i, await work(plain)]);
        if (below(3) === 0) storage.clock.advance(below(40));
      }
      expect(told.store).toEqual(told.plain);
      expect(told.store.length).toBeGreaterThan(0);
    },
  );
});

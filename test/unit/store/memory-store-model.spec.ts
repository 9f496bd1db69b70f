import type { IdempotencyStore, RecordPage, RecordState } from '../../../lib/store/idempotency-store.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { someClaim } from '../../support/broken-stores/broken-store.js';
import { ReferenceStore } from '../../support/broken-stores/reference-store.js';
import { Storage } from '../../support/broken-stores/storage.js';

const IDS = ['a', 'b', 'c'];
const DURATIONS = [1, 5, 20, 100, 1000];
const TOKENS = ['t1', 't2', 't3'];
const STATES: RecordState[] = ['in-progress', 'uncertain', 'completed', 'expired', 'not-applied'];

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The order of a list is the store's own. */
async function sorted(page: Promise<RecordPage>): Promise<RecordPage> {
  const { records, next } = await page;
  return { records: [...records].sort((a, b) => (a.id < b.id ? -1 : 1)), ...(next ? { next } : {}) };
}

type Operation = (store: IdempotencyStore) => Promise<unknown>;

function operation(below: (below: number) => number, lastFence: number): Operation {
  const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const id = pick(IDS);
  const [short, long] = [pick(DURATIONS), pick(DURATIONS)].sort((a, b) => a - b) as [number, number];
  const ref = { id, fence: Math.max(1, lastFence - below(6)) };
  const claim = someClaim({
    ...{ id, fingerprint: pick(['f', 'f', 'g']), lease: short, keep: long },
    ...{ onLapse: pick(['rerun', 'rerun', 'uncertain']), token: pick(TOKENS), scope: pick(['s', 'z']) },
  });
  const response = Uint8Array.of(below(256));
  const retention = { response: long, tombstone: pick([0, short, long]) };
  const happened = pick(['nothing', 'unknown'] as const);
  const effect = pick([{ name: pick(['a', 'b']) }, { name: pick(['a', 'b']), result: response }]);
  const idPrefix = pick(['', id]);
  const states = [pick(STATES), pick(STATES)];
  return pick<Operation>([
    (store) => store.acquire(claim),
    (store) => store.acquire({ ...claim, waiting: true }),
    (store) => store.extend(ref, short, long),
    (store) => store.complete(ref, response, retention),
    (store) => store.release(ref, happened),
    (store) => store.release({ id, token: claim.token }, happened),
    (store) => store.recordEffect(ref, effect, claim.onLapse),
    (store) => store.look(id),
    (store) => sorted(store.list({ limit: 10, states, runningFor: short })),
    (store) => sorted(store.list({ limit: 10, scopes: [claim.scope], idPrefix })),
    (store) => store.resolve(ref, { as: 'completed', response, retention, note: `by ${short}` }),
    (store) => store.resolve(ref, { as: 'not-applied', keep: long, note: `by ${long}` }),
    // Seldom: what is removed has no history.
    (store) => (short > 5 ? store.look(id) : store.remove(id)),
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

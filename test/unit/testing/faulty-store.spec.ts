import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { FakeClock, FaultyStore, describeStoreConformance } from '../../../lib/testing/index.js';
import { someClaim } from '../../support/broken-stores/broken-store.js';
import { ReferenceStore } from '../../support/broken-stores/reference-store.js';
import { Storage } from '../../support/broken-stores/storage.js';

const clock = new FakeClock();
describeStoreConformance({
  name: 'FaultyStore without a fault',
  create: () => new FaultyStore(new MemoryStore({ clock: clock.now })),
  advance: clock.advance,
});

describe('[B57] FaultyStore', () => {
  const claim = someClaim();
  const kept = { response: 1000, tombstone: 0 };
  const response = Uint8Array.of(1, 2, 3);

  it('fails one call, as a store that cannot be reached, and works again', async () => {
    const store = new FaultyStore(new MemoryStore());
    store.fail('acquire');
    await expect(store.acquire(claim)).rejects.toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    expect(await store.acquire(claim)).toMatchObject({ state: 'acquired', attempt: 1 });
  });

  it('fails as often as told, with the error it was given, until it recovers', async () => {
    const store = new FaultyStore(new MemoryStore());
    const error = new Error('READONLY');
    store.fail('acquire', { times: Infinity, error });
    for (let i = 0; i < 3; i++) await expect(store.acquire(claim)).rejects.toBe(error);
    store.recover();
    expect(await store.acquire(claim)).toMatchObject({ state: 'acquired' });
  });

  it.each([...(['extend', 'complete', 'release', 'look', 'list', 'resolve', 'remove'] as const)])(
    'fails %s and nothing else',
    async (operation) => {
      const store = new FaultyStore(new MemoryStore());
      store.fail(operation, { times: Infinity });
      const { fence } = (await store.acquire(claim)) as { fence: number };
      const ref = { id: claim.id, fence };
      const calls = {
        extend: () => store.extend(ref, 1000, 1000),
        complete: () => store.complete(ref, response, kept),
        release: () => store.release(ref, 'nothing'),
        look: () => store.look(claim.id),
        list: () => store.list({ limit: 1 }),
        resolve: () => store.resolve(ref, { as: 'not-applied', keep: 1000, note: 'a note' }),
        remove: () => store.remove(claim.id),
      };
      await expect(calls[operation]()).rejects.toThrow(`${operation}()`);
      expect(await store.acquire(claim)).toMatchObject({ state: 'in-progress' });
      store.recover();
      expect(await store.extend(ref, 1000, 1000)).toBe('held');
    },
  );

  it('loses a reply after the work is done', async () => {
    const store = new FaultyStore(new MemoryStore());
    const { fence } = (await store.acquire(claim)) as { fence: number };
    store.fail('complete', { replyLost: true });
    await expect(store.complete({ id: claim.id, fence }, response, kept)).rejects.toThrow();
    expect(await store.acquire(claim)).toEqual({ state: 'completed', fingerprint: 'f', response });
  });

  it('cannot be watched when the store behind it cannot', () => {
    class Unwatched extends ReferenceStore {
      override watch = undefined as never;
    }
    expect(new FaultyStore(new Unwatched(new Storage())).watch).toBeUndefined();
  });

  it('starts and closes the store behind it', async () => {
    const calls: string[] = [];
    class Recording extends ReferenceStore {
      override async start(): Promise<void> {
        calls.push('start');
      }
      override async close(): Promise<void> {
        calls.push('close');
      }
    }
    const store = new FaultyStore(new Recording(new Storage()));
    await store.start(() => undefined);
    await store.close();
    expect(calls).toEqual(['start', 'close']);
  });
});

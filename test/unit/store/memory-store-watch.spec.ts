import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { someClaim } from '../../support/broken-stores/broken-store.js';

const claim = someClaim({ lease: 60_000, keep: 60_000 });
const kept = { response: 1000, tombstone: 0 };

/** A record in progress that somebody waits on. */
async function awaited(store: MemoryStore): Promise<{ id: string; fence: number }> {
  const { fence } = (await store.acquire(claim)) as { fence: number };
  await store.acquire({ ...claim, waiting: true });
  return { id: claim.id, fence };
}

describe('MemoryStore.watch', () => {
  it('tells of a record once, however many waited', async () => {
    const store = new MemoryStore();
    const listener = jest.fn();
    await store.watch(listener);
    const ref = await awaited(store);
    for (let i = 0; i < 100; i++) await store.acquire({ ...claim, waiting: true });
    await store.complete(ref, new Uint8Array(1), kept);
    await store.complete(ref, new Uint8Array(1), kept);
    expect(listener.mock.calls).toEqual([['id']]);
  });

  it('does not tell of a record that nobody waits on', async () => {
    const store = new MemoryStore();
    const listener = jest.fn();
    await store.watch(listener);
    const { fence } = (await store.acquire(claim)) as { fence: number };
    await store.release({ id: claim.id, fence }, 'nothing');
    const ref = await awaited(store);
    await store.release(ref, 'nothing');
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('tells when the record can be seen as it is now', async () => {
    const store = new MemoryStore();
    const seen = new Promise((resolve) => {
      void store.watch(() => resolve(store.acquire(claim)));
    });
    await store.complete(await awaited(store), Uint8Array.of(7), kept);
    expect(await seen).toMatchObject({ state: 'completed', response: Uint8Array.of(7) });
  });

  it('does not call a listener that stopped between the settlement and its notification', async () => {
    const store = new MemoryStore();
    const listener = jest.fn();
    const unwatch = await store.watch(listener);
    const released = store.release(await awaited(store), 'nothing');
    await Promise.all([unwatch(), released]);
    expect(listener).not.toHaveBeenCalled();
  });

  it('counts each watch of one listener, and stops each alone and only once', async () => {
    const store = new MemoryStore();
    const listener = jest.fn();
    const unwatch = await store.watch(listener);
    await store.watch(listener);
    await unwatch();
    await unwatch();
    await store.release(await awaited(store), 'nothing');
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

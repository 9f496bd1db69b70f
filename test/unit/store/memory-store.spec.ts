import type { Claim, LeaseRef } from '../../../lib/store/idempotency-store.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { FakeClock } from '../../../lib/testing/index.js';
import { someClaim } from '../../support/broken-stores/broken-store.js';

const claim = (id: string, changes: Partial<Claim> = {}): Claim => someClaim({ id, lease: 100, ...changes });
const keptFor = (response: number, tombstone = 0) => ({ response, tombstone });

async function begin(store: MemoryStore, id: string, changes?: Partial<Claim>): Promise<LeaseRef> {
  const result = await store.acquire(claim(id, changes));
  if (result.state !== 'acquired') throw new Error(`${id} is ${result.state}`);
  return { id, fence: result.fence };
}

const full = { code: 'IDEMPOTENCY_STORE_FULL' };

describe('MemoryStore', () => {
  let clock: FakeClock;
  beforeEach(() => (clock = new FakeClock()));
  const make = (options: { maxRecords?: number; maxBytes?: number } = {}) =>
    new MemoryStore({ clock: clock.now, ...options });

  it('[B50] says that it is for one process and forgets', () => {
    expect(make().capabilities).toEqual({
      ...{
        name: 'memory',
        durable: false,
        shared: false,
        clock: 'process',
        notifies: true,
        verifiesResponses: true,
      },
    });
    expect(Object.isFrozen(make().capabilities)).toBe(true);
  });

  describe('[B50] when it is full', () => {
    it('refuses a new key, and says what to do', async () => {
      const store = make({ maxRecords: 2 });
      await begin(store, 'a');
      await begin(store, 'b');
      await expect(store.acquire(claim('c'))).rejects.toMatchObject(full);
      await expect(store.acquire(claim('c'))).rejects.toThrow(/2 records \(maxRecords\).*Raise the limit/);
      expect(store.size).toBe(2);
    });

    it('serves the keys it knows: extend, takeover, complete, replay, release', async () => {
      const store = make({ maxRecords: 2 });
      const a = await begin(store, 'a');
      const b = await begin(store, 'b');
      expect(await store.extend(a, 100, 1000)).toBe('held');
      expect(await store.complete(a, Uint8Array.of(1), keptFor(1000))).toEqual({ state: 'completed' });
      expect(await store.acquire(claim('a'))).toMatchObject({ state: 'completed' });
      clock.advance(200);
      const taken = await begin(store, 'b');
      expect(taken.fence).toBeGreaterThan(b.fence);
      expect(await store.release(taken, 'nothing')).toBe('released');
      await begin(store, 'c');
    });

    it('never drops a live record, in progress or completed, lapsed or not', async () => {
      const store = make({ maxRecords: 50 });
      for (let i = 0; i < 50; i++) {
        const ref = await begin(store, `k${i}`, { keep: 10_000 });
        if (i % 2) await store.complete(ref, Uint8Array.of(i), keptFor(10_000));
      }
      clock.advance(9_999);
      for (let i = 0; i < 100; i++) await expect(store.acquire(claim(`n${i}`))).rejects.toMatchObject(full);
      for (let i = 0; i < 50; i++) {
        const answer = await store.acquire(claim(`k${i}`, { fingerprint: 'other' }));
        expect(answer.state).toBe(i % 2 ? 'completed' : 'in-progress');
      }
    });

    it('takes a new key as soon as one record is over, whatever its place', async () => {
      const store = make({ maxRecords: 3 });
      await begin(store, 'long', { keep: 5000 });
      await begin(store, 'short', { keep: 101 });
      await begin(store, 'longer', { keep: 9000 });
      clock.advance(100);
      await expect(store.acquire(claim('new'))).rejects.toMatchObject(full);
      clock.advance(1);
      await begin(store, 'new');
      await expect(store.acquire(claim('another'))).rejects.toMatchObject(full);
    });

    it('makes a record anew in the place of its own that is over', async () => {
      const store = make({ maxRecords: 1 });
      await begin(store, 'a');
      clock.advance(1000);
      await begin(store, 'a');
      expect(store.size).toBe(1);
    });
  });

  describe('tombstones', () => {
    const expired = { state: 'expired', fingerprint: 'f' };
    const expire = async (store: MemoryStore, id: string, tombstone: number) =>
      store.complete(await begin(store, id), new Uint8Array(100), keptFor(100, tombstone));

    it('hold no response', async () => {
      const store = make({ maxBytes: 100 });
      await expire(store, 'a', 1000);
      await expect(store.acquire(claim('b'))).rejects.toMatchObject(full);
      clock.advance(100);
      await begin(store, 'b');
      expect(await store.acquire(claim('a'))).toEqual(expired);
    });

    it('make room for a new key, those that end first before others, and only then is it refused', async () => {
      const store = make({ maxRecords: 4 });
      await expire(store, 'long', 5000);
      await expire(store, 'short', 500);
      await expire(store, 'longer', 9000);
      await begin(store, 'running', { lease: 10_000, keep: 10_000 });
      clock.advance(100);
      await begin(store, 'n1');
      expect(await store.look('short')).toBeUndefined();
      expect(await store.acquire(claim('long'))).toEqual(expired);
      await begin(store, 'n2');
      expect(await store.acquire(claim('longer'))).toEqual(expired);
      await begin(store, 'n3');
      await expect(store.acquire(claim('n4'))).rejects.toMatchObject(full);
      expect(await store.acquire(claim('running'))).toMatchObject({ state: 'in-progress' });
    });

    it('are not dropped when bytes are short: they hold none', async () => {
      const store = make({ maxBytes: 100 });
      await expire(store, 'a', 1000);
      clock.advance(100);
      await store.complete(await begin(store, 'b'), new Uint8Array(100), keptFor(1000));
      await expect(store.acquire(claim('c'))).rejects.toMatchObject(full);
      expect(await store.acquire(claim('a'))).toEqual(expired);
    });

    it('are removed by later operations when they end', async () => {
      const store = make();
      for (let i = 0; i < 100; i++) await expire(store, `k${i}`, 100);
      clock.advance(200);
      for (let i = 0; i < 7; i++) await store.look('nobody');
      expect(store.size).toBe(0);
    });
  });

  it('never drops an uncertain record: not for its keep, nor to make room', async () => {
    const store = make({ maxRecords: 2 });
    const a = await begin(store, 'a', { onLapse: 'uncertain', keep: 100 });
    await begin(store, 'b', { onLapse: 'uncertain', keep: 100 });
    clock.advance(1e9);
    await expect(store.acquire(claim('c'))).rejects.toMatchObject(full);
    expect(await store.acquire(claim('a'))).toEqual({
      ...{ state: 'uncertain', fingerprint: 'f', attempt: 1, fence: a.fence },
    });
    expect(await store.remove('b')).toBe('removed');
    await begin(store, 'c');
  });

  describe('list', () => {
    it('looks at a part of many records per page, and at all in all', async () => {
      const store = make();
      for (let i = 0; i < 9000; i++) await begin(store, `k${i}`);
      const pages: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({ idPrefix: 'k899', limit: 1000, ...(cursor ? { cursor } : {}) });
        pages.push(page.records.length);
        cursor = page.next;
      } while (cursor);
      expect(pages).toEqual([10, 1, 0]);
    });

    it.each(['', '0', '-1', '1.5', 'x', '1e3', '99999999999999999999'])(
      'refuses the cursor %j, which it never gave',
      async (cursor) => {
        await expect(make().list({ limit: 1, cursor })).rejects.toThrow(TypeError);
      },
    );

    it('ends where all records are gone since the page before', async () => {
      const store = make();
      for (const id of ['a', 'b', 'c']) await begin(store, id, { keep: 100 });
      const { next } = await store.list({ limit: 1 });
      clock.advance(100);
      expect(await store.list({ limit: 1, cursor: next as string })).toEqual({ records: [] });
    });

    it('meets every record that stays when those it finds over are removed on the way', async () => {
      const store = make();
      for (let i = 0; i < 200; i++) await begin(store, `k${i}`, { keep: i % 2 ? 100 : 1000 });
      clock.advance(100);
      const { records } = await store.list({ limit: 1000 });
      expect(records.map(({ id }) => id).sort()).toEqual(
        Array.from({ length: 100 }, (_, i) => `k${2 * i}`).sort(),
      );
    });
  });

  describe('[B50] maxBytes', () => {
    it('refuses new keys once the responses reach it, and records every key it accepted', async () => {
      const store = make({ maxBytes: 100 });
      const [a, b] = [await begin(store, 'a'), await begin(store, 'b')];
      await store.complete(a, new Uint8Array(100), keptFor(500));
      await expect(store.acquire(claim('c'))).rejects.toThrow(/100 bytes \(maxBytes\)/);
      expect(await store.complete(b, new Uint8Array(300), keptFor(1000))).toEqual({ state: 'completed' });
      expect(await store.acquire(claim('b'))).toMatchObject({ response: new Uint8Array(300) });
      clock.advance(500);
      await expect(store.acquire(claim('c'))).rejects.toThrow(/300 bytes/);
      clock.advance(500);
      await begin(store, 'c');
    });

    it('counts a response once, however often it is completed', async () => {
      const store = make({ maxBytes: 100 });
      const a = await begin(store, 'a');
      for (let i = 0; i < 5; i++) await store.complete(a, new Uint8Array(60), keptFor(1000));
      await begin(store, 'b');
    });
  });

  describe('[B65] what is over', () => {
    it('is removed by later operations, a few at a time, until all is gone', async () => {
      const store = make({ maxRecords: 100_000 });
      for (let i = 0; i < 20_000; i++) await begin(store, `k${i}`, { keep: 100 + (i % 500) });
      clock.advance(1000);
      let operations = 0;
      while (store.size > 0) {
        const before = store.size;
        expect(await store.release({ id: 'nobody', fence: 1 }, 'nothing')).toBe('lost');
        expect(before - store.size).toBeLessThanOrEqual(16);
        operations += 1;
      }
      expect(operations).toBe(20_000 / 16);
    });

    it('is removed faster than new records can come', async () => {
      const store = make();
      for (let i = 0; i < 5000; i++) await begin(store, `old${i}`, { keep: 100 });
      clock.advance(100);
      for (let i = 0; i < 400; i++) await begin(store, `new${i}`);
      expect(store.size).toBe(400);
    });

    it('is not there for anybody, removed or not', async () => {
      const store = make();
      for (let i = 0; i < 100; i++) await begin(store, `k${i}`, { keep: 100 + i });
      clock.advance(200);
      expect(await store.complete({ id: 'k99', fence: 100 }, new Uint8Array(1), keptFor(1))).toEqual({
        state: 'lost',
      });
      expect(await store.acquire(claim('k98', { fingerprint: 'other' }))).toMatchObject({ attempt: 1 });
    });

    it('does not hold memory after a release, long before its time', async () => {
      const store = make({ maxRecords: 10 });
      for (let i = 0; i < 1000; i++)
        await store.release(await begin(store, `k${i}`, { keep: 1e9 }), 'nothing');
      expect(store.size).toBe(0);
    });
  });

  it('[B29] sets no timer', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
    try {
      const store = new MemoryStore();
      await store.watch(() => {});
      for (let i = 0; i < 100; i++) await begin(store, `k${i}`, { waiting: true });
      await store.complete(await begin(store, 'done'), new Uint8Array(1), keptFor(1000));
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('[B27] does not look at the wall clock', async () => {
    const date = jest.spyOn(Date, 'now');
    const store = new MemoryStore();
    await begin(store, 'a', { lease: 60_000, keep: 60_000 });
    date.mockReturnValue(8.64e15);
    expect(await store.acquire(claim('a'))).toMatchObject({ state: 'in-progress' });
    date.mockReturnValue(0);
    expect(await store.acquire(claim('a'))).toMatchObject({ state: 'in-progress' });
    date.mockRestore();
  });

  it('tells what remains of a lease in whole ms, rounded up', async () => {
    const store = make();
    await begin(store, 'a');
    clock.advance(99.5);
    expect(await store.acquire(claim('a'))).toMatchObject({ state: 'in-progress', leaseRemaining: 1 });
    clock.advance(0.5);
    expect(await begin(store, 'a')).toBeDefined();
  });
});

import { ReplayCache } from '../../../lib/engine/replay-cache.js';
import { advance, fakeTime } from './engine-harness.js';

const TTL = 5_000;
const LONG = 86_400_000;
const KB = 1_024;

const open = (bounds: { maxBytes?: number; ttl?: number } = {}) =>
  new ReplayCache({ maxBytes: 64 * KB, ttl: TTL, ...bounds });
const record = (size = 3, fill = 1, fingerprint = 'question') => ({
  fingerprint,
  response: new Uint8Array(size).fill(fill),
});
/** Keeps what the store was asked just now. */
const keep = (cache: ReplayCache, id: string, of = record(), ms = LONG) =>
  cache.keep(id, of, ms, cache.moment());
const fillOf = (cache: ReplayCache, id: string) => cache.find(id)?.response[0];

describe('the cache of replays', () => {
  fakeTime();

  it('knows what it was told, and nothing else', () => {
    const cache = open();
    expect(cache.find('id')).toBeUndefined();
    keep(cache, 'id');
    expect(cache.find('id')).toMatchObject(record());
    expect(cache.find('another')).toBeUndefined();
  });

  it('knows it for its ttl, counted from when the store was asked, not from when it answered', async () => {
    const cache = open();
    const since = cache.moment();
    await advance(2_000);
    cache.keep('id', record(), LONG, since);
    await advance(2_999);
    expect(cache.find('id')).toBeDefined();
    await advance(1);
    expect(cache.find('id')).toBeUndefined();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it('knows it no longer than the record is kept', async () => {
    const cache = open();
    keep(cache, 'id', record(), 1_000);
    await advance(999);
    expect(cache.find('id')).toBeDefined();
    await advance(1);
    expect(cache.find('id')).toBeUndefined();
  });

  it('is not told what is over when the answer comes', async () => {
    const cache = open();
    const since = cache.moment();
    await advance(TTL);
    cache.keep('id', record(), LONG, since);
    expect(cache.size).toBe(0);
  });

  it('keeps nobody waiting for a timer', () => {
    keep(open(), 'id');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has bytes of its own, and as many as it counts', () => {
    const cache = open();
    const reply = new Uint8Array(10_000).fill(1);
    cache.keep('id', { fingerprint: 'question', response: reply.subarray(10, 20) }, LONG, cache.moment());
    reply.fill(2);
    const { response } = cache.find('id')!;
    expect(response).toEqual(new Uint8Array(10).fill(1));
    expect(response.buffer.byteLength).toBe(10);
    expect(cache.bytes).toBeGreaterThan('id'.length + 'question'.length + 10);
  });

  describe('is bounded', () => {
    it('whatever it is told', () => {
      const cache = open();
      let most = 0;
      for (let i = 0; i < 5_000; i++) {
        keep(cache, `id-${i}`, record(i % 8_000));
        most = Math.max(most, cache.bytes);
      }
      expect(most).toBeLessThanOrEqual(64 * KB);
      expect(most).toBeGreaterThan(48 * KB);
    });

    it('also by answers without a byte', () => {
      const cache = open();
      for (let i = 0; i < 5_000; i++) keep(cache, `id-${i}`, record(0));
      expect(cache.size).toBeLessThanOrEqual(128);
    });

    it('by what it counts once, however often it is told', () => {
      const cache = open();
      for (let i = 0; i < 1_000; i++) keep(cache, 'id', record(i));
      expect(cache.size).toBe(1);
      const { bytes } = cache;
      const another = open();
      keep(another, 'id', record(999));
      expect(bytes).toBe(another.bytes);
      cache.forget('id');
      expect(cache.bytes).toBe(0);
    });

    it('and lets those go that were not used for longest', () => {
      const cache = open();
      for (let i = 0; i < 9; i++) keep(cache, `id-${i}`, record(6 * KB));
      expect(cache.find('id-0')).toBeDefined();
      keep(cache, 'id-9', record(6 * KB));
      keep(cache, 'id-10', record(6 * KB));
      const left = Array.from({ length: 11 }, (_, i) => i).filter((i) => cache.find(`id-${i}`));
      expect(left).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('and does not let many go for one: what needs more than an eighth is not kept', () => {
      const cache = open();
      for (let i = 0; i < 5; i++) keep(cache, `id-${i}`);
      keep(cache, 'large', record(8 * KB));
      expect(cache.find('large')).toBeUndefined();
      expect(cache.size).toBe(5);
      keep(cache, 'not so large', record(7 * KB));
      expect(cache.find('not so large')).toBeDefined();
    });

    it('and gives memory back: what is over goes when more comes', async () => {
      const cache = open();
      for (let i = 0; i < 5; i++) keep(cache, `id-${i}`, record(KB));
      await advance(TTL);
      expect(cache.size).toBe(5);
      keep(cache, 'id', record(KB));
      expect(cache.size).toBe(1);
      expect(cache.bytes).toBeLessThan(2 * KB);
    });
  });

  describe('forgets', () => {
    it('a record, and no other', () => {
      const cache = open();
      keep(cache, 'a');
      keep(cache, 'b');
      cache.forget('a');
      expect(cache.find('a')).toBeUndefined();
      expect(cache.find('b')).toBeDefined();
    });

    it('everything', () => {
      const cache = open();
      keep(cache, 'a');
      keep(cache, 'b');
      cache.forgetAll();
      expect([cache.find('a'), cache.find('b'), cache.bytes]).toEqual([undefined, undefined, 0]);
    });

    it.each(['forget', 'forgetAll'] as const)(
      'for good (%s): what the store was asked before it and says after it is not kept',
      (way) => {
        const cache = open();
        const since = cache.moment();
        cache[way]('id');
        cache.keep('id', record(), LONG, since);
        expect(cache.find('id')).toBeUndefined();
        keep(cache, 'id');
        expect(cache.find('id')).toBeDefined();
      },
    );
  });

  it('believes of two answers the one that was asked for later, whichever comes first', async () => {
    const cache = open();
    const earlier = cache.moment();
    await advance(1);
    const later = cache.moment();
    cache.keep('a', record(1, 1), LONG, earlier);
    cache.keep('a', record(1, 2), LONG, later);
    cache.keep('b', record(1, 2), LONG, later);
    cache.keep('b', record(1, 1), LONG, earlier);
    expect([fillOf(cache, 'a'), fillOf(cache, 'b')]).toEqual([2, 2]);
  });
});

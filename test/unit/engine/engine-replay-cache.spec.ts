import { settle } from '../../support/fault-gate.js';
import { hangs, losesReply, throws } from '../../support/fault-store.js';
import { advance, ANSWER, fakeTime, KEPT, LEASE, TIMEOUT } from './engine-harness.js';
import { open, REPLAY, TTL } from './remembering-engine.js';

describe('an engine that remembers answers', () => {
  fakeTime();

  it('replays what it has recorded itself, and does not ask the store', async () => {
    const { completed, begin, asked } = open();
    await completed();
    expect(await begin()).toEqual(REPLAY);
    expect(await begin({ wait: 5_000 })).toEqual(REPLAY);
    expect(asked()).toBe(0);
  });

  it('replays what the store told it once', async () => {
    const { harness, begin, asked } = open();
    await (await harness.run({}, harness.another())).complete(ANSWER, KEPT);
    asked();
    expect(await begin()).toEqual(REPLAY);
    expect(asked()).toBe(1);
    expect(await begin()).toEqual(REPLAY);
    expect(asked()).toBe(0);
  });

  it('asks the store each time unless it is told to remember', async () => {
    const { completed, begin, asked } = open({ replayCache: undefined });
    await completed();
    await begin();
    await begin();
    expect(asked()).toBe(2);
  });

  it('tells a mismatch, also after one', async () => {
    const { harness, completed, begin, asked } = open();
    await completed();
    expect(await begin({ fingerprint: 'other' })).toEqual({ kind: 'mismatch' });
    expect(asked()).toBe(0);
    await (await harness.run({ id: 'b' }, harness.another())).complete(ANSWER, KEPT);
    await begin({ id: 'b', fingerprint: 'other' });
    asked();
    expect(await begin({ id: 'b' })).toEqual(REPLAY);
    expect(asked()).toBe(0);
  });

  it('knows the same question by another fingerprint, and leaves to the store what cannot be compared', async () => {
    const { completed, begin, asked } = open();
    await completed();
    expect(await begin({ fingerprint: 'rotated', verify: () => 'same' })).toEqual(REPLAY);
    expect(asked()).toBe(0);
    const unknown = begin({ fingerprint: 'foreign', verify: () => 'unknown' });
    await expect(unknown).rejects.toMatchObject({ code: 'IDEMPOTENCY_RECORD_UNREADABLE' });
    expect(asked()).toBe(1);
  });

  it('tells an old key what it knows', async () => {
    const { completed, begin, asked } = open();
    await completed();
    expect(await begin({ onlyKnown: true })).toEqual(REPLAY);
    expect(asked()).toBe(0);
    expect(await begin({ id: 'unknown', onlyKnown: true })).toEqual({ kind: 'expired' });
  });

  it('takes no more requests when it closes, known or not', async () => {
    const { engine, completed, begin } = open();
    await completed();
    await engine.drain(0);
    expect(await begin()).toEqual({ kind: 'closing' });
  });

  it('replays while the store is down, and lets nothing else by', async () => {
    const { store, completed, begin } = open();
    await completed();
    store.inject('acquire', throws(), Infinity);
    expect(await begin()).toEqual(REPLAY);
    expect(await begin({ fingerprint: 'other' })).toEqual({ kind: 'mismatch' });
    await expect(begin({ id: 'new' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
  });

  it('gives each bytes of his own, and nobody those that it keeps', async () => {
    const { completed, begin } = open();
    const given = new Uint8Array(ANSWER);
    await completed(given);
    given.fill(0);
    for (let i = 0; i < 2; i++) {
      const ruling = await begin();
      expect(ruling).toEqual(REPLAY);
      (ruling as typeof REPLAY).response.fill(0);
    }
  });

  it('does not keep bytes that the first one who was told may write to', async () => {
    const { harness, begin } = open();
    await (await harness.run({}, harness.another())).complete(ANSWER, KEPT);
    ((await begin()) as typeof REPLAY).response.fill(0);
    expect(await begin()).toEqual(REPLAY);
  });

  describe('forgets by time:', () => {
    it('after its ttl it asks the store again', async () => {
      const { completed, begin, asked } = open();
      await completed();
      await advance(TTL);
      expect(await begin()).toEqual(REPLAY);
      expect(asked()).toBe(1);
    });

    it('what it recorded itself is not replayed after its end', async () => {
      const { completed, begin, asked } = open();
      await completed(ANSWER, { response: 1_000, tombstone: 1_000 });
      await advance(999);
      await begin();
      expect(asked()).toBe(0);
      await advance(1);
      expect(await begin()).toEqual({ kind: 'expired' });
    });

    it('what the store told it may be replayed after its end, by less than the ttl of both', async () => {
      const { harness, begin } = open();
      await (
        await harness.run({}, harness.another())
      ).complete(ANSWER, { response: 2_000, tombstone: 60_000 });
      await advance(1_999);
      await begin({ ttl: 2_000 });
      await advance(1_999);
      expect(await begin({ ttl: 2_000 })).toEqual(REPLAY);
      await advance(1);
      expect(await begin({ ttl: 2_000 })).toEqual({ kind: 'expired' });
    });

    it('what another process erased may be replayed for less than its ttl', async () => {
      const { harness, begin, completed } = open();
      await completed();
      await harness.another().gateway.remove('id');
      await advance(TTL - 1);
      expect(await begin()).toEqual(REPLAY);
      await advance(1);
      expect((await begin()).kind).toBe('run');
    });
  });

  describe('keeps nothing that the store has not confirmed:', () => {
    it('an answer that could not be saved, until it is', async () => {
      const { harness, store, begin } = open();
      const attempt = await harness.run();
      store.inject('complete', throws(), 1);
      expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'unsaved' });
      expect((await begin()).kind).toBe('conflict');
      await advance(1_000);
      const { acquire } = store.calls;
      expect(await begin()).toEqual(REPLAY);
      expect(store.calls.acquire).toBe(acquire);
    });

    it('an answer whose reply was lost', async () => {
      const { harness, store, begin } = open();
      store.inject('complete', losesReply, Infinity);
      const saved = (await harness.run()).complete(ANSWER, KEPT);
      await advance(TIMEOUT);
      expect(await saved).toEqual({ state: 'unsaved' });
      const { acquire } = store.calls;
      expect(await begin()).toEqual(REPLAY);
      expect(store.calls.acquire).toBe(acquire + 1);
    });

    it('an answer of an attempt that was lost', async () => {
      const { harness, store, begin } = open();
      const late = await harness.run();
      store.inject('extend', throws(), Infinity);
      await advance(LEASE);
      const winner = await harness.run({}, harness.another());
      expect(await late.complete(Uint8Array.of(0), KEPT)).toMatchObject({ state: 'lost' });
      expect((await begin()).kind).toBe('conflict');
      await winner.complete(ANSWER, KEPT);
      expect(await begin()).toEqual(REPLAY);
    });

    it('a key that was given back', async () => {
      const { harness, begin } = open();
      await (await harness.run()).release('nothing');
      expect((await begin()).kind).toBe('run');
    });
  });

  it('is not held up: a lookup does not wait for the store', async () => {
    const { store, completed, begin } = open();
    await completed();
    store.inject('acquire', hangs, Infinity);
    expect(await begin()).toEqual(REPLAY);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('wakes those who wait with the answer, and remembers it for those who come', async () => {
    const { harness, begin, asked } = open();
    const attempt = await harness.run();
    const waiting = begin({ wait: 10_000 });
    await settle();
    await attempt.complete(ANSWER, KEPT);
    expect(await waiting).toEqual(REPLAY);
    asked();
    expect(await begin()).toEqual(REPLAY);
    expect(asked()).toBe(0);
  });
});

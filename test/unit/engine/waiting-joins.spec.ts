import { RecordUnreadableError } from '../../../lib/errors/record-unreadable.error.js';
import type { Ruling } from '../../../lib/engine/engine.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { answersLate, hangs, landsLate, throws } from '../../support/fault-store.js';
import { advance, ANSWER, attemptOf, enquiry, fakeTime, Harness, KEPT, TIMEOUT } from './engine-harness.js';

const WAIT = 30_000;
const LONG = { lease: 60_000 };

const wait = (harness: Harness, of: Parameters<typeof enquiry>[0] = {}) =>
  harness.engine.begin(enquiry({ wait: WAIT, ...LONG, ...of }));
const kinds = async (rulings: Promise<Ruling>[]) => (await Promise.all(rulings)).map(({ kind }) => kind);

describe('duplicates that come one after the other, while somebody waits for the same record', () => {
  fakeTime();

  it('[B63] join those who wait, and ask the store nothing', async () => {
    const harness = new Harness();
    const attempt = await harness.run(LONG);
    const first = wait(harness);
    await settle();
    const { acquire } = harness.store.calls;
    const others = [];
    for (let i = 0; i < 20; i++) {
      others.push(wait(harness));
      await settle();
    }
    expect(harness.store.calls.acquire).toBe(acquire);
    await attempt.complete(ANSWER, KEPT);
    expect(new Set(await kinds([first, ...others]))).toEqual(new Set(['replay']));
    expect(harness.store.calls.acquire).toBe(acquire + 1);
  });

  it('[B18] hear at once that the key belongs to another question, if they ask one', async () => {
    const harness = new Harness();
    await harness.run(LONG);
    void wait(harness);
    await settle();
    expect(await harness.kindOf({ wait: WAIT, fingerprint: 'other' })).toBe('mismatch');
  });

  it('get no answer that was found before they came: it may have been removed since', async () => {
    const harness = new Harness();
    const attempt = await harness.run(LONG);
    const before = wait(harness);
    await settle();
    const gate = new Gate();
    harness.store.inject('acquire', answersLate(gate));
    await attempt.complete(ANSWER, KEPT);
    await gate.reached;
    await harness.memory.remove('id');
    const after = wait(harness);
    await settle();
    gate.open();
    expect((await before).kind).toBe('replay');
    expect((await after).kind).toBe('run');
  });

  it('[B24] ask for themselves when the last look failed', async () => {
    const harness = new Harness();
    await harness.run(LONG);
    const first = wait(harness);
    await settle();
    harness.store.inject('acquire', throws(), 2);
    await advance(2_010);
    await expect(wait(harness)).rejects.toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    await advance(WAIT);
    expect((await first).kind).toBe('conflict');
  });

  it('do not fail with those before them whose record could not be read: they look at once', async () => {
    const harness = new Harness();
    await harness.run(LONG);
    const before = wait(harness).catch((error: unknown) => error);
    await settle();
    const gate = new Gate();
    const error = new RecordUnreadableError('corrupt');
    harness.store.inject('acquire', async () => {
      await gate.pass();
      throw error;
    });
    await advance(2_010);
    await gate.reached;
    const { acquire } = harness.store.calls;
    const after = wait(harness);
    await settle();
    gate.open();
    expect(await before).toBe(error);
    await settle();
    expect(harness.store.calls.acquire).toBe(acquire + 1);
    await advance(WAIT);
    expect((await after).kind).toBe('conflict');
  });

  it('wait for the attempt of one of those who waited', async () => {
    const harness = new Harness();
    const attempt = await harness.run(LONG);
    const first = wait(harness);
    await settle();
    const second = wait(harness);
    await settle();
    await attempt.release('nothing');
    const again = attemptOf(await first);
    await settle();
    const third = wait(harness);
    await settle();
    await again.complete(ANSWER, KEPT);
    expect(await kinds([second, third])).toEqual(['replay', 'replay']);
  });
});

describe('duplicates that come while the store is asked for the first of them', () => {
  fakeTime();

  /** The first one's question is on its way; `answer` tells when it is answered. */
  const underWay = async (harness: Harness, fault = landsLate) => {
    const gate = new Gate();
    harness.store.inject('acquire', fault(gate));
    const first = wait(harness);
    await gate.reached;
    return { first, answer: () => gate.open() };
  };

  it('[B63] hear with it that somebody runs, and wait', async () => {
    const harness = new Harness();
    const attempt = await harness.run(LONG);
    const { first, answer } = await underWay(harness);
    const others = [wait(harness), wait(harness), wait(harness)];
    await settle();
    answer();
    await settle();
    // The attempt, the first one, and the queue for all.
    expect(harness.store.calls.acquire).toBe(3);
    await attempt.complete(ANSWER, KEPT);
    expect(new Set(await kinds([first, ...others]))).toEqual(new Set(['replay']));
  });

  it('[B17] wait for it, if it is the one who runs', async () => {
    const harness = new Harness();
    const { first, answer } = await underWay(harness);
    const others = [wait(harness), wait(harness)];
    answer();
    const attempt = attemptOf(await first);
    await settle();
    expect(harness.store.calls.acquire).toBe(2);
    await attempt.complete(ANSWER, KEPT);
    expect(await kinds(others)).toEqual(['replay', 'replay']);
  });

  it('[B40] share one question for an answer that is there, and get bytes of their own', async () => {
    const harness = new Harness();
    await (await harness.run()).complete(Buffer.from(ANSWER), KEPT);
    const { first, answer } = await underWay(harness);
    const others = [wait(harness), wait(harness), wait(harness)];
    answer();
    const responses = (await Promise.all([first, ...others])).map((ruling) =>
      ruling.kind === 'replay' ? ruling.response : new Uint8Array(),
    );
    // Before: the attempt. Now the first one, and one of the others for all.
    expect(harness.store.calls.acquire).toBe(3);
    responses[1]!.fill(0);
    expect(responses.toSpliced(1, 1)).toEqual([ANSWER, ANSWER, ANSWER]);
  });

  it('get no answer that was found before they came: it may have been removed since', async () => {
    const harness = new Harness();
    await (await harness.run()).complete(ANSWER, KEPT);
    const { first, answer } = await underWay(harness, answersLate);
    await harness.memory.remove('id');
    const after = wait(harness);
    answer();
    expect((await first).kind).toBe('replay');
    expect((await after).kind).toBe('run');
  });

  it('[B24] ask themselves when it fails', async () => {
    const harness = new Harness();
    const gate = new Gate();
    harness.store.inject('acquire', async () => {
      await gate.pass();
      throw new Error('ECONNRESET');
    });
    const first = wait(harness).catch((error: unknown) => error);
    await gate.reached;
    const other = wait(harness);
    gate.open();
    expect(await first).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    expect((await other).kind).toBe('run');
  });

  it('[B48] are told with it that the store does not answer: its time is over for all', async () => {
    const harness = new Harness();
    harness.store.inject('acquire', hangs, 10);
    const waiters = [wait(harness), wait(harness), wait(harness)];
    const told = Promise.all(waiters.map((waiter) => waiter.catch((error: unknown) => error)));
    await advance(TIMEOUT);
    const unavailable = expect.objectContaining({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    expect(await Promise.race([told, settle()])).toEqual(waiters.map(() => unavailable));
    expect(harness.store.calls.acquire).toBe(1);
  });

  it('ask themselves when they ask something else, are promised something else, or do not wait', async () => {
    const harness = new Harness();
    await harness.run(LONG);
    const { answer } = await underWay(harness);
    expect(await harness.kindOf({ wait: WAIT, fingerprint: 'other' })).toBe('mismatch');
    expect(await harness.kindOf()).toBe('conflict');
    void wait(harness, { onLapse: 'uncertain' });
    await settle();
    // The one who runs, the first one, and these three; then the queue of the last one.
    expect(harness.store.calls.acquire).toBe(6);
    answer();
  });

  it('[B28] are not refused with new work while the application stops, if they are part of what runs', async () => {
    const harness = new Harness();
    const { first, answer } = await underWay(harness);
    const other = wait(harness);
    const nested = wait(harness, { nested: true });
    const drained = harness.engine.drain(WAIT);
    answer();
    const ruling = await nested;
    expect(ruling.kind).toBe('run');
    expect(await kinds([first, other])).not.toContain('run');
    await attemptOf(ruling).release('nothing');
    await drained;
  });
});

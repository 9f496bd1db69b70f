import { Gate, settle } from '../../support/fault-gate.js';
import { breaksAfter, hangs, landsLate, throws } from '../../support/fault-store.js';
import { advance, ANSWER, enquiry, fakeTime, Harness, LEASE, TIMEOUT, KEPT } from './engine-harness.js';

describe('the engine', () => {
  fakeTime();

  it('[B17] lets one of fifty parallel requests run', async () => {
    const harness = new Harness();
    const kinds = await Promise.all(Array.from({ length: 50 }, () => harness.kindOf()));
    expect(kinds.filter((kind) => kind === 'run')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(49);
  });

  it('[B18] answers a mismatch before a conflict, a replay, or a wait', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    expect(await harness.kindOf({ fingerprint: 'other' })).toBe('mismatch');
    expect(await harness.kindOf({ fingerprint: 'other', wait: 5_000 })).toBe('mismatch');
    await attempt.complete(ANSWER, KEPT);
    expect(await harness.kindOf({ fingerprint: 'other' })).toBe('mismatch');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[B18] does not let another question take over when the lease is over', async () => {
    const harness = new Harness();
    await harness.run();
    harness.store.inject('extend', throws(), Infinity);
    await advance(LEASE + 1);
    expect(await harness.kindOf({ fingerprint: 'other' })).toBe('mismatch');
    expect((await harness.run({}, harness.another())).number).toBe(2);
  });

  it('replays the recorded bytes', async () => {
    const harness = new Harness();
    await (await harness.run()).complete(ANSWER, KEPT);
    expect(await harness.engine.begin(enquiry())).toEqual({ kind: 'replay', response: ANSWER });
  });

  it('[B15] knows the same question under a fingerprint of another version', async () => {
    const harness = new Harness();
    const attempt = await harness.run({ fingerprint: 'v1' });
    const newer = {
      fingerprint: 'v2',
      verify: (kept: string) => (kept === 'v1' ? 'same' : 'different'),
    } as const;
    expect(await harness.kindOf(newer)).toBe('conflict');
    harness.store.inject('extend', throws(), Infinity);
    await advance(LEASE + 1);
    expect((await harness.run(newer, harness.another())).number).toBe(2);
    expect(await attempt.complete(ANSWER, KEPT)).toMatchObject({ state: 'lost' });
  });

  it('[B51] fails closed on a fingerprint that nobody here can verify', async () => {
    const harness = new Harness();
    await harness.run({ fingerprint: 'v9' });
    await expect(harness.kindOf({ verify: () => 'unknown' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_RECORD_UNREADABLE',
    });
  });

  it.each([
    ['hangs', hangs],
    ['breaks', throws()],
    ['breaks after it was done', breaksAfter],
  ])(
    '[B25] runs nothing when the claim %s, and the key is free at the end of the lease at the latest',
    async (_, fault) => {
      const harness = new Harness();
      harness.store.inject('acquire', fault);
      const outcome = harness.engine.begin(enquiry()).catch((error: unknown) => error);
      await advance(TIMEOUT);
      expect(await outcome).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
      expect(harness.engine.attemptsRunning).toBe(0);
      await advance(LEASE);
      expect(await harness.kindOf()).toBe('run');
    },
  );
});

describe('the engine of an application that stops', () => {
  fakeTime();
  const ended = async (promise: Promise<unknown>) => {
    let over = false;
    void promise.then(() => (over = true));
    await settle();
    return over;
  };

  it('[B28] takes no new work', async () => {
    const { engine, kindOf } = new Harness();
    await engine.drain(1_000);
    expect(await kindOf()).toBe('closing');
  });

  it('[B28] waits for what runs, until it is stored', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const gate = new Gate();
    harness.store.inject('complete', landsLate(gate));
    const drained = harness.engine.drain(10_000);
    expect(await ended(drained)).toBe(false);
    const saved = attempt.complete(ANSWER, KEPT);
    expect(await ended(drained)).toBe(false);
    gate.open();
    expect(await saved).toEqual({ state: 'completed' });
    await drained;
    await harness.engine.close();
    expect(harness.store.calls.close).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[B28] waits for a save that is tried again', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('complete', throws(), 3);
    await attempt.complete(ANSWER, KEPT);
    const drained = harness.engine.drain(10_000);
    expect(await ended(drained)).toBe(false);
    await advance(5_000);
    await drained;
    expect(harness.incidents).toEqual(['save-failed', 'save-recovered']);
  });

  it('[B28] tries a save once more when the time is up, and waits for that', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('complete', throws(), Infinity);
    await attempt.complete(ANSWER, KEPT);
    const drained = harness.engine.drain(5_000);
    await advance(4_999);
    const gate = new Gate();
    harness.store.inject('complete', landsLate(gate), Infinity);
    await advance(1);
    await gate.reached;
    expect(await ended(drained)).toBe(false);
    gate.open();
    await drained;
    expect(harness.incidents).toEqual(['save-failed', 'save-recovered']);
  });

  it('[B28] gives up at last, and says so', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('complete', throws(), Infinity);
    await attempt.complete(ANSWER, KEPT);
    const drained = harness.engine.drain(5_000);
    await advance(5_000);
    await drained;
    expect(harness.incidents).toEqual(['save-failed', 'save-failed']);
    expect(harness.engine.attemptsRunning).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[B28] waits no longer than the grace, in all its calls together, for a handler that does not end', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const drained = harness.engine.drain(5_000);
    await advance(5_000);
    await drained;
    const again = harness.engine.drain(5_000);
    await advance(0);
    await again;
    harness.store.inject('complete', throws(), 1);
    expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'unsaved' });
    await attempt.settled;
    expect(harness.incidents).toContain('save-recovered');
  });

  it('[B28] gives back a lease that it got while it began to stop', async () => {
    const harness = new Harness();
    const gate = new Gate();
    harness.store.inject('acquire', landsLate(gate));
    const kind = harness.kindOf();
    const drained = harness.engine.drain(10_000);
    expect(await ended(drained)).toBe(false);
    gate.open();
    expect(await kind).toBe('closing');
    await drained;
    expect(harness.engine.attemptsRunning).toBe(0);
    expect((await harness.run({}, harness.another())).number).toBe(1);
  });
});

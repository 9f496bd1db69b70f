import { AsyncLocalStorage } from 'node:async_hooks';
import { Gate, settle } from '../../support/fault-gate.js';
import { answersLate, breaksAfter, hangs, landsLate, losesReply, throws } from '../../support/fault-store.js';
import { advance, ANSWER, fakeTime, Harness, LEASE, TIMEOUT, KEPT } from './engine-harness.js';

describe('an attempt', () => {
  fakeTime();

  it('[B20] renews its lease for as long as it runs, so that nobody else runs', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    for (let i = 0; i < 20; i++) {
      await advance(LEASE / 2);
      expect(await harness.kindOf()).toBe('conflict');
    }
    expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
    expect(await harness.kindOf()).toBe('replay');
    expect(attempt.signal.aborted).toBe(false);
    expect(harness.events).toEqual([]);
  });

  it.each([
    ['throws', throws()],
    ['hangs', hangs],
  ])('[B20] keeps its lease when a renewal %s', async (_, fault) => {
    const harness = new Harness();
    const attempt = await harness.run({ lease: 2 * TIMEOUT });
    harness.store.inject('extend', fault);
    // Looked at all the time: a lease that lapsed for a moment is a second execution.
    for (let i = 0; i < 200; i++) {
      await advance(50);
      expect(await harness.kindOf()).toBe('conflict');
    }
    expect(harness.incidents).toEqual(['renewal-failed']);
    expect(attempt.signal.aborted).toBe(false);
    await attempt.release('nothing');
  });

  it('[B29] leaves no timer when it is completed, released, or lost', async () => {
    const harness = new Harness();
    await (await harness.run({ id: 'a' })).complete(ANSWER, KEPT);
    await (await harness.run({ id: 'b' })).release('nothing');
    const stale = await harness.run({ id: 'c' });
    harness.store.inject('extend', throws(), Infinity);
    await advance(LEASE + 1);
    const winner = await harness.run({ id: 'c' });
    await winner.complete(ANSWER, KEPT);
    await stale.complete(ANSWER, KEPT);
    expect(jest.getTimerCount()).toBe(0);
    expect(harness.engine.attemptsRunning).toBe(0);
  });

  it("is renewed in no request's asynchronous context, and its signal fires in that of who listens", async () => {
    const storage = new AsyncLocalStorage<string>();
    const harness = new Harness();
    const seen: (string | undefined)[] = [];
    const extend = harness.store.extend.bind(harness.store);
    harness.store.extend = (...terms) => {
      seen.push(storage.getStore());
      return extend(...terms);
    };
    const attempt = await storage.run('alice', () => harness.run());
    storage.run('bob', () => {
      attempt.signal.addEventListener('abort', () => seen.push(storage.getStore()));
    });
    await harness.memory.release(attempt.ref, 'nothing');
    await advance(LEASE / 2);
    expect(attempt.signal.aborted).toBe(true);
    expect(seen).toEqual([undefined, 'bob']);
  });

  it('[B22] is told by its signal when a renewal finds somebody else', async () => {
    const harness = new Harness();
    const gate = new Gate();
    harness.store.inject('extend', landsLate(gate), Infinity);
    const stale = await harness.run();
    await advance(LEASE + 1);
    const other = harness.another();
    const winner = await harness.run({}, other);
    expect(winner.number).toBe(2);
    harness.store.heal();
    await advance(LEASE);
    expect(stale.signal.aborted).toBe(true);
    expect(stale.signal.reason).toBeInstanceOf(Error);
    expect(harness.incidents).toContain('lease-lost');
    gate.open();
    await settle();
    expect(winner.signal.aborted).toBe(false);
    expect(await stale.complete(Uint8Array.of(9), KEPT)).toMatchObject({
      state: 'lost',
      record: { state: 'in-progress' },
    });
    expect(await stale.release('nothing')).toBe('lost');
    expect(await winner.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
    expect(await stale.complete(Uint8Array.of(9), KEPT)).toMatchObject({
      state: 'lost',
      record: { state: 'completed', response: ANSWER },
    });
    expect(harness.incidents.filter((incident) => incident === 'lease-lost')).toHaveLength(1);
  });

  it('[B22] that lost its lease is told so when it gives its key back', async () => {
    const harness = new Harness();
    harness.store.inject('extend', hangs, Infinity);
    const stale = await harness.run();
    await advance(LEASE + 1);
    const winner = await harness.run({}, harness.another());
    expect(await stale.release('nothing')).toBe('lost');
    expect(stale.signal.aborted).toBe(true);
    expect(harness.incidents).toContain('lease-lost');
    expect(await winner.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
  });

  it('[B23] completes after its lease when nobody took over', async () => {
    const harness = new Harness();
    harness.store.inject('extend', hangs, Infinity);
    const attempt = await harness.run();
    await advance(10 * LEASE);
    expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
    expect(await harness.kindOf()).toBe('replay');
    expect(attempt.signal.aborted).toBe(false);
  });

  it.each([
    ['throws', throws()],
    ['throws at once', (() => raise()) as typeof hangs],
    ['hangs', hangs],
    ['happens, but its reply is lost', losesReply],
    ['happens, but an error is all that comes back', breaksAfter],
  ])('[B24] saves by retry when the first save %s', async (_, fault) => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('complete', fault);
    const saved = attempt.complete(ANSWER, KEPT);
    await advance(TIMEOUT);
    expect(await saved).toEqual({ state: 'unsaved' });
    await advance(100);
    await attempt.settled;
    expect(harness.incidents).toEqual(['save-failed', 'save-recovered']);
    expect(await harness.kindOf()).toBe('replay');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[B24] never lets another one run while it cannot save', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('complete', throws(), Infinity);
    expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'unsaved' });
    for (let i = 0; i < 30; i++) {
      await advance(LEASE);
      expect(await harness.kindOf()).toBe('conflict');
    }
    harness.store.heal();
    await advance(5_000);
    expect(await harness.kindOf()).toBe('replay');
  });

  it('[B24] takes its own save, whose reply was lost, for no loss of its lease', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('complete', losesReply, 4);
    void attempt.complete(ANSWER, KEPT);
    await advance(3 * LEASE);
    await attempt.settled;
    expect(harness.incidents).toEqual(['save-failed', 'save-recovered']);
    expect(attempt.signal.aborted).toBe(false);
  });

  it('[B24] knows in the background that the lease was lost while it saved', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('complete', throws(), Infinity);
    harness.store.inject('extend', throws(), Infinity);
    await attempt.complete(ANSWER, KEPT);
    await advance(LEASE + 1);
    const winner = await harness.run({}, harness.another());
    harness.store.heal();
    await advance(5_000);
    await attempt.settled;
    expect(attempt.signal.aborted).toBe(true);
    expect(harness.incidents).toContain('lease-lost');
    expect(harness.incidents).not.toContain('save-recovered');
    expect(await winner.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
  });

  it('does not renew, nor report, what ended while a renewal was under way', async () => {
    const harness = new Harness();
    const [late, never] = [new Gate(), new Gate()];
    const first = await harness.run({ id: 'a' });
    const second = await harness.run({ id: 'b' });
    harness.store.inject('extend', answersLate(late));
    await advance(LEASE / 3);
    harness.store.inject('extend', landsLate(never), Infinity);
    await first.complete(ANSWER, KEPT);
    late.open();
    await second.release('nothing');
    await advance(2 * LEASE);
    expect(harness.events).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[B26] tells that its key could not be given back, and gives it back soon after', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws());
    expect(await attempt.release('nothing')).toBe('failed');
    expect(harness.incidents).toEqual(['release-failed']);
    expect(await harness.kindOf()).toBe('conflict');
    await advance(100);
    await attempt.settled;
    expect(harness.incidents).toEqual(['release-failed', 'release-recovered']);
    expect((await harness.run()).number).toBe(1);
  });

  it('tells which operation and record an incident is about, and its error', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws());
    await attempt.release('nothing');
    expect(harness.events).toEqual([
      {
        kind: 'incident',
        incident: 'release-failed',
        operation: 'Orders.create',
        recordId: 'id',
        error: expect.objectContaining({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' }),
      },
    ]);
  });
});

function raise(): never {
  throw new Error('thrown, not rejected');
}

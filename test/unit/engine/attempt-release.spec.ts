import type { Happened, OnLapse } from '../../../lib/store/idempotency-store.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { breaksAfter, hangs, landsLate, losesReply, throws } from '../../support/fault-store.js';
import { advance, ANSWER, fakeTime, Harness, KEPT, LEASE, TIMEOUT } from './engine-harness.js';

const STRICT = { onLapse: 'uncertain' } as const;

describe('a release that fails', () => {
  fakeTime();

  it.each<[Happened, OnLapse, string]>([
    ['nothing', 'rerun', 'run'],
    ['nothing', 'uncertain', 'run'],
    ['unknown', 'rerun', 'run'],
    ['unknown', 'uncertain', 'uncertain'],
  ])('[B26] is repeated until the store takes it: %s happened, then %s', async (happened, onLapse, then) => {
    const harness = new Harness();
    const attempt = await harness.run({ onLapse, lease: 60_000 });
    harness.store.inject('release', throws(), 4);
    expect(await attempt.release(happened)).toBe('failed');
    await advance(100 + 200 + 400);
    expect(harness.incidents).toEqual(['release-failed']);
    expect(harness.engine.attemptsRunning).toBe(1);
    await advance(800);
    expect(harness.incidents).toEqual(['release-failed', 'release-recovered']);
    expect(harness.engine.attemptsRunning).toBe(0);
    expect(await harness.kindOf({ onLapse })).toBe(then);
    expect(attempt.signal.aborted).toBe(false);
  });

  it.each([
    ['hangs', hangs],
    ['happens, but its reply is lost', losesReply],
    ['happens, but an error is all that comes back', breaksAfter],
  ])('[B26] is repeated when it %s, and ends', async (_, fault) => {
    const harness = new Harness();
    const attempt = await harness.run(STRICT);
    harness.store.inject('release', fault);
    const released = attempt.release('nothing');
    await advance(TIMEOUT);
    expect(await released).toBe('failed');
    await advance(100);
    await attempt.settled;
    expect(attempt.signal.aborted).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
    expect((await harness.run(STRICT)).number).toBe(1);
  });

  it('lets its lease end: it renews no more', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws(), Infinity);
    await attempt.release('nothing');
    await advance(LEASE + 1);
    expect(harness.store.calls.extend).toBe(0);
    expect((await harness.run()).number).toBe(2);
  });

  it('is silent when another attempt took over, and leaves that one alone', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws(), Infinity);
    await attempt.release('nothing');
    await advance(LEASE + 1);
    const winner = await harness.run({}, harness.another());
    harness.store.heal();
    await advance(5_000);
    await attempt.settled;
    expect(harness.incidents).toEqual(['release-failed']);
    expect(attempt.signal.aborted).toBe(false);
    expect(await winner.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
  });

  it('frees the key after its lease, though it was uncertain by then', async () => {
    const harness = new Harness();
    const attempt = await harness.run(STRICT);
    harness.store.inject('release', throws(), Infinity);
    await attempt.release('nothing');
    await advance(LEASE + 1);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
    harness.store.heal();
    await advance(5_000);
    expect((await harness.run(STRICT)).number).toBe(1);
  });

  it('goes on, whoever abandons the attempt', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws());
    await attempt.release('nothing');
    attempt.abandon();
    await settle();
    expect(harness.engine.attemptsRunning).toBe(1);
    await advance(100);
    expect(harness.incidents).toEqual(['release-failed', 'release-recovered']);
  });

  it('[B28] is waited for when the application stops', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws(), 3);
    await attempt.release('nothing');
    const drained = harness.engine.drain(10_000);
    await advance(100 + 200 + 400);
    await drained;
    expect(harness.incidents).toEqual(['release-failed', 'release-recovered']);
  });

  it('[B28] gets one last try when the time is up, and is waited for', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws(), Infinity);
    await attempt.release('nothing');
    const drained = harness.engine.drain(1_000);
    let stopped = false;
    void drained.then(() => (stopped = true));
    await advance(999);
    const gate = new Gate();
    harness.store.inject('release', landsLate(gate), Infinity);
    await advance(1);
    await gate.reached;
    await settle();
    expect(stopped).toBe(false);
    gate.open();
    await drained;
    expect(harness.incidents).toEqual(['release-failed', 'release-recovered']);
  });

  it('[B28] gives up after that last try, and says so', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    harness.store.inject('release', throws(), Infinity);
    await attempt.release('nothing');
    const drained = harness.engine.drain(1_000);
    await advance(999);
    const { release } = harness.store.calls;
    await advance(1);
    await drained;
    expect(harness.store.calls.release).toBe(release + 1);
    expect(harness.incidents).toEqual(['release-failed', 'release-failed']);
    expect(harness.engine.attemptsRunning).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('an abandoned attempt', () => {
  fakeTime();

  it('does no more for its record: the lease ends by itself', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    attempt.abandon();
    await attempt.settled;
    expect(jest.getTimerCount()).toBe(0);
    await advance(LEASE - 1);
    expect(await harness.kindOf()).toBe('conflict');
    await advance(1);
    expect((await harness.run()).number).toBe(2);
    expect(harness.store.calls.release + harness.store.calls.extend).toBe(0);
  });
});

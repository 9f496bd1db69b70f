import type { Attempt } from '../../../lib/engine/attempt.js';
import type { EffectRetry } from '../../../lib/engine/effects.js';
import { RecordUnreadableError } from '../../../lib/errors/record-unreadable.error.js';
import { breaksAfter, hangs, losesReply, throws } from '../../support/fault-store.js';
import { settle } from '../../support/fault-gate.js';
import { advance, ANSWER, fakeTime, Harness, KEPT, LEASE, TIMEOUT } from './engine-harness.js';

const done = (value: unknown) => ({ kind: 'done', value });
const STRICT = { onLapse: 'uncertain' } as const;

/** Has the effect, and counts how often. */
function counter(harness: Harness) {
  let times = 0;
  return {
    get times() {
      return times;
    },
    charge: (attempt: Attempt, retry: EffectRetry = 'same-key') =>
      attempt.effect('charge', retry, () => ({ charge: ++times })),
    /** The store takes the mark and fails at the result. */
    chargeUnsaved: (attempt: Attempt, retry: EffectRetry = 'same-key', failures = Infinity) =>
      attempt.effect('charge', retry, () => {
        harness.store.inject('recordEffect', throws(), failures);
        return { charge: ++times };
      }),
  };
}

/** Its process dies: nothing of it reaches the store any more. */
async function die(harness: Harness): Promise<void> {
  harness.store.inject('extend', hangs, Infinity);
  await advance(LEASE + 1);
  harness.store.heal();
}

describe('an effect that may not be repeated', () => {
  fakeTime();

  it('makes the key uncertain by itself when its process dies inside', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    void attempt.effect('charge', 'never', () => new Promise(() => undefined));
    await settle();
    await die(harness);
    expect(await harness.kindOf()).toBe('uncertain');
  });

  it('makes the key uncertain at once when it fails and nobody knows how', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const failed = attempt.effect('charge', 'never', () => Promise.reject(new Error('socket hang up')));
    await expect(failed).rejects.toThrow('socket hang up');
    expect(attempt.leavesUncertain('unknown')).toBe(true);
    await attempt.release('unknown');
    expect(harness.sightings).toHaveLength(1);
    expect(await harness.kindOf()).toBe('uncertain');
  });

  it('leaves a key that runs again once it is recorded', async () => {
    const harness = new Harness();
    const { charge } = counter(harness);
    const attempt = await harness.run();
    await charge(attempt, 'never');
    expect(attempt.leavesUncertain('unknown')).toBe(false);
    await die(harness);
    expect(await charge(await harness.run(), 'never')).toEqual(done({ charge: 1 }));
  });

  it('keeps the key uncertain while others are recorded beside it', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    void attempt.effect('charge', 'never', () => new Promise(() => undefined));
    await attempt.effect('mail', 'same-key', () => 1);
    await die(harness);
    expect(await harness.kindOf()).toBe('uncertain');
  });

  it('is not repeated by an attempt that finds it begun: the key is uncertain from then on', async () => {
    const harness = new Harness();
    const { charge, ...counted } = counter(harness);
    const first = await harness.run();
    await expect(first.effect('charge', 'same-key', () => Promise.reject(new Error()))).rejects.toThrow();
    await first.release('unknown');
    const second = await harness.run();
    expect(await charge(second, 'never')).toEqual({ kind: 'uncertain' });
    await second.release('unknown');
    expect(await harness.kindOf()).toBe('uncertain');
    expect(counted.times).toBe(0);
  });

  it('is not repeated by its own attempt', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    await expect(attempt.effect('charge', 'never', () => Promise.reject(new Error()))).rejects.toThrow();
    expect(await counter(harness).charge(attempt, 'never')).toEqual({ kind: 'uncertain' });
  });

  it('leaves a strict record strict', async () => {
    const harness = new Harness();
    const attempt = await harness.run(STRICT);
    await counter(harness).charge(attempt, 'never');
    await attempt.release('unknown');
    expect(await harness.kindOf()).toBe('uncertain');
  });
});

describe('an effect on a store that fails', () => {
  fakeTime();

  it.each([
    ['refuses', throws()],
    ['does not answer', hangs],
    ['took the mark, but its reply is lost', losesReply],
    ['took the mark, and gave an error', breaksAfter],
  ])('is not had when the store %s', async (_, fault) => {
    const harness = new Harness();
    const counted = counter(harness);
    const attempt = await harness.run();
    harness.store.inject('recordEffect', fault);
    const outcome = counted.charge(attempt);
    await advance(TIMEOUT);
    expect(await outcome).toMatchObject({
      kind: 'unmarked',
      error: { code: 'IDEMPOTENCY_STORE_UNAVAILABLE' },
    });
    expect(counted.times).toBe(0);
    await attempt.release('unknown');
    expect(await counted.charge(await harness.run())).toEqual(done({ charge: 1 }));
  });

  it('is told the error of the store', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const error = new RecordUnreadableError('damaged');
    harness.store.inject('recordEffect', throws(error));
    expect(await counter(harness).charge(attempt)).toEqual({ kind: 'unmarked', error });
  });

  it('has happened when its result cannot be saved: the handler goes on, and it is saved later', async () => {
    const harness = new Harness();
    const counted = counter(harness);
    const attempt = await harness.run({ lease: 60_000 });
    expect(await counted.chargeUnsaved(attempt, 'same-key', 3)).toEqual(done({ charge: 1 }));
    expect(await counted.charge(attempt)).toEqual(done({ charge: 1 }));
    expect(harness.incidents).toEqual(['effect-unsaved']);
    await advance(100 + 200 + 400);
    expect(harness.incidents).toEqual(['effect-unsaved', 'effect-saved']);
    await attempt.release('unknown');
    expect(jest.getTimerCount()).toBe(0);
    expect(await counted.charge(await harness.run())).toEqual(done({ charge: 1 }));
    expect(counted.times).toBe(1);
  });

  it('is saved before its attempt ends without an answer', async () => {
    const harness = new Harness();
    const counted = counter(harness);
    const attempt = await harness.run();
    await counted.chargeUnsaved(attempt, 'never', 1);
    await attempt.release('unknown');
    expect(jest.getTimerCount()).toBe(0);
    expect(await counted.charge(await harness.run(), 'never')).toEqual(done({ charge: 1 }));
  });

  it('is saved with a release that is told again in the background', async () => {
    const harness = new Harness();
    const counted = counter(harness);
    const attempt = await harness.run({ lease: 60_000 });
    await counted.chargeUnsaved(attempt);
    harness.store.inject('release', throws(), 2);
    expect(await attempt.release('unknown')).toBe('failed');
    await advance(100);
    expect(harness.incidents).toContain('release-failed');
    harness.store.inject('recordEffect', throws(), 0);
    await advance(400);
    await attempt.settled;
    expect(await counted.charge(await harness.run())).toEqual(done({ charge: 1 }));
  });

  it('needs no saving once there is an answer', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    await counter(harness).chargeUnsaved(attempt);
    expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
    const { recordEffect } = harness.store.calls;
    await advance(60_000);
    expect(harness.store.calls.recordEffect).toBe(recordEffect);
    expect(jest.getTimerCount()).toBe(0);
    expect(harness.incidents).toEqual(['effect-unsaved']);
  });

  it('[B25] is remembered when the claim that took the record over is taken back', async () => {
    const harness = new Harness();
    const counted = counter(harness);
    const first = await harness.run();
    await counted.charge(first);
    await first.release('unknown');
    harness.store.inject('acquire', losesReply);
    const lost = harness.kindOf().catch((error: unknown) => error);
    await advance(TIMEOUT);
    expect(await lost).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    await settle();
    expect(await counted.charge(await harness.run())).toEqual(done({ charge: 1 }));
    expect(counted.times).toBe(1);
  });
});

import { RecordUnreadableError } from '../../../lib/errors/record-unreadable.error.js';
import { settle } from '../../support/fault-gate.js';
import { hangs, throws } from '../../support/fault-store.js';
import { advance, ANSWER, enquiry, fakeTime, Harness, KEPT, LEASE } from './engine-harness.js';

const STRICT = { onLapse: 'uncertain' } as const;
const NOTE = 'somebody looked';

/** An attempt that went on holding nothing: its lease is over, and it said no word. */
async function dead(harness: Harness) {
  harness.store.inject('extend', hangs, Infinity);
  const attempt = await harness.run(STRICT);
  await advance(LEASE + 1);
  return attempt;
}

const resolveNotApplied = (harness: Harness) =>
  harness.memory.resolve(harness.sightings[0]!.ref, { as: 'not-applied', keep: 1_000, note: NOTE });

describe('a key that is uncertain', () => {
  fakeTime();

  it('[B21] never runs again by itself', async () => {
    const harness = new Harness();
    await dead(harness);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
    await advance(10 * 60_000);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
    expect(await harness.kindOf({ onLapse: 'rerun' })).toBe('uncertain');
  });

  it('is uncertain to a strict request, also where the attempt was not strict', async () => {
    const harness = new Harness();
    harness.store.inject('extend', hangs, Infinity);
    await harness.run({ onLapse: 'rerun' });
    await advance(LEASE + 1);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
    expect((await harness.run({ onLapse: 'rerun' })).number).toBe(2);
  });

  it('[B18] is a mismatch first to another question, and no sighting', async () => {
    const harness = new Harness();
    await dead(harness);
    expect(await harness.kindOf({ ...STRICT, fingerprint: 'other' })).toBe('mismatch');
    expect(harness.sightings).toEqual([]);
  });

  it('[B51] fails closed first when nobody here can verify its question', async () => {
    const harness = new Harness();
    await dead(harness);
    const unknown = harness.kindOf({ ...STRICT, fingerprint: 'v9', verify: () => 'unknown' });
    await expect(unknown).rejects.toBeInstanceOf(RecordUnreadableError);
    expect(harness.sightings).toEqual([]);
  });

  it('is the same to the same question under another fingerprint', async () => {
    const harness = new Harness();
    await dead(harness);
    const newer = { ...STRICT, fingerprint: 'v2', verify: () => 'same' as const };
    expect(await harness.kindOf(newer)).toBe('uncertain');
    expect(harness.sightings).toHaveLength(1);
  });

  it('is told once for each sighting, with what resolves it', async () => {
    const harness = new Harness();
    await dead(harness);
    expect(harness.sightings).toEqual([]);
    await harness.kindOf(STRICT);
    const sighting = { ref: { id: 'id', fence: 1 }, operation: 'Orders.create', attempt: 1 };
    expect(harness.sightings).toEqual([sighting]);
    await harness.kindOf(STRICT);
    expect(harness.sightings).toEqual([sighting, sighting]);
    expect(await resolveNotApplied(harness)).toEqual({ state: 'resolved' });
    expect((await harness.run(STRICT)).number).toBe(2);
  });

  it('needs nobody who is told', async () => {
    const harness = new Harness({}, { onUncertain: undefined as never });
    await dead(harness);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
  });

  it('[B23] is settled by its late owner', async () => {
    const harness = new Harness();
    const attempt = await dead(harness);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
    expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
    expect(await harness.engine.begin(enquiry(STRICT))).toEqual({ kind: 'replay', response: ANSWER });
    expect(harness.incidents).not.toContain('lease-lost');
  });

  it('is in progress again when its late owner renews', async () => {
    const harness = new Harness();
    const attempt = await dead(harness);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
    harness.store.heal();
    await advance(LEASE / 2);
    expect(await harness.kindOf(STRICT)).toBe('conflict');
    await attempt.release('nothing');
  });

  it('[B22] is not settled by an owner that comes after somebody resolved it', async () => {
    const harness = new Harness();
    const attempt = await dead(harness);
    await harness.kindOf(STRICT);
    await resolveNotApplied(harness);
    expect(await attempt.complete(ANSWER, KEPT)).toMatchObject({
      state: 'lost',
      record: { state: 'not-applied' },
    });
    expect(attempt.signal.aborted).toBe(true);
    expect((await harness.run(STRICT)).number).toBe(2);
  });
});

describe('an attempt that ends with nobody knowing what happened', () => {
  fakeTime();

  it('leaves an uncertain key at once, and tells so, once', async () => {
    const harness = new Harness();
    const attempt = await harness.run(STRICT);
    expect(await attempt.release('unknown')).toBe('released');
    expect(harness.sightings).toEqual([
      { ref: { id: 'id', fence: 1 }, operation: 'Orders.create', attempt: 1 },
    ]);
    expect(await harness.kindOf(STRICT)).toBe('uncertain');
    expect(harness.sightings).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves a key that the next retry runs, where that is what was promised', async () => {
    const harness = new Harness();
    await (await harness.run({ onLapse: 'rerun' })).release('unknown');
    expect((await harness.run()).number).toBe(2);
    expect(harness.sightings).toEqual([]);
  });

  it('leaves a free key when nothing happened, and tells nobody', async () => {
    const harness = new Harness();
    await (await harness.run(STRICT)).release('nothing');
    expect((await harness.run(STRICT)).number).toBe(1);
    expect(harness.sightings).toEqual([]);
  });

  it('tells nobody when it had lost its key by then', async () => {
    const harness = new Harness();
    const attempt = await dead(harness);
    await harness.kindOf(STRICT);
    await resolveNotApplied(harness);
    expect(await attempt.release('unknown')).toBe('lost');
    expect(harness.sightings).toHaveLength(1);
  });

  it('is told of when the store has taken it, not before', async () => {
    const harness = new Harness();
    const attempt = await harness.run(STRICT);
    harness.store.inject('release', throws());
    expect(await attempt.release('unknown')).toBe('failed');
    expect(harness.sightings).toEqual([]);
    await advance(100);
    await attempt.settled;
    expect(harness.sightings).toHaveLength(1);
  });
});

describe('those who wait for an attempt', () => {
  fakeTime();

  it.each([
    ['ends without a word', () => advance(LEASE + 20)],
    ['says that nobody knows', undefined],
  ])('leave with "uncertain" when it %s, told once for all', async (_, die) => {
    const harness = new Harness();
    if (die) harness.store.inject('extend', hangs, Infinity);
    const attempt = await harness.run(STRICT);
    const waiters = [1, 2, 3].map(() => harness.kindOf({ ...STRICT, wait: 60_000 }));
    await settle();
    if (die) await die();
    else await attempt.release('unknown');
    expect(await Promise.all(waiters)).toEqual(['uncertain', 'uncertain', 'uncertain']);
    // One look on behalf of all; and one by the attempt that said so itself.
    expect(harness.sightings).toHaveLength(die ? 1 : 2);
    await settle();
    expect(harness.engine.recordsAwaited).toBe(0);
  });

  it('leave with "expired" when its answer is gone by the time they look', async () => {
    const harness = new Harness({ notifies: false });
    const attempt = await harness.run({}, harness.another());
    const waiters = [1, 2].map(() => harness.kindOf({ wait: 60_000 }));
    await settle();
    await attempt.complete(ANSWER, { response: 1, tombstone: 60_000 });
    await advance(300);
    expect(await Promise.all(waiters)).toEqual(['expired', 'expired']);
    expect(harness.engine.recordsAwaited).toBe(0);
  });
});

describe('a key whose answer is gone', () => {
  fakeTime();
  const BRIEF = { response: 1_000, tombstone: 5_000 };

  it('is expired as long as it is remembered, and runs after that', async () => {
    const harness = new Harness();
    await (await harness.run()).complete(ANSWER, BRIEF);
    await advance(999);
    expect(await harness.kindOf()).toBe('replay');
    await advance(1);
    expect(await harness.kindOf()).toBe('expired');
    expect(await harness.kindOf({ wait: 60_000 })).toBe('expired');
    await advance(5_000);
    expect((await harness.run()).number).toBe(1);
  });

  it('[B18] is a mismatch first to another question', async () => {
    const harness = new Harness();
    await (await harness.run()).complete(ANSWER, BRIEF);
    await advance(1_001);
    expect(await harness.kindOf({ fingerprint: 'other' })).toBe('mismatch');
  });

  it('runs at once where nothing remembers it', async () => {
    const harness = new Harness();
    await (await harness.run()).complete(ANSWER, { response: 1_000, tombstone: 0 });
    await advance(1_000);
    expect((await harness.run()).number).toBe(1);
  });
});

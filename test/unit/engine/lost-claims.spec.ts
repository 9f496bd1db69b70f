import { Gate, settle } from '../../support/fault-gate.js';
import { answersLate, breaksAfter, hangs, landsLate, losesReply, throws } from '../../support/fault-store.js';
import { RecordUnreadableError } from '../../../lib/errors/record-unreadable.error.js';
import { advance, enquiry, fakeTime, Harness, LEASE, TIMEOUT } from './engine-harness.js';

const STRICT = { onLapse: 'uncertain' } as const;

/** A request whose claim fails like this; resolves when its client has the error. */
async function ask(harness: Harness, id = 'id'): Promise<void> {
  const outcome = harness.engine.begin(enquiry({ ...STRICT, id })).catch((error: unknown) => error);
  await advance(TIMEOUT);
  expect(await outcome).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
}

describe('a claim whose answer never came', () => {
  fakeTime();

  it.each([
    ['is lost', losesReply],
    ['is an error, though it was done', breaksAfter],
    ['is an error, and nothing was done', throws()],
    ['never comes, and nothing was done', hangs],
  ])(
    '[B25] is taken back at once when its reply %s: the key is free, and not uncertain',
    async (_, fault) => {
      const harness = new Harness();
      harness.store.inject('acquire', fault);
      await ask(harness);
      expect((await harness.run(STRICT)).number).toBe(1);
      expect(harness.sightings).toEqual([]);
      expect(harness.events).toEqual([]);
    },
  );

  it('[B25] lands late and is given back', async () => {
    const harness = new Harness();
    const gate = new Gate();
    harness.store.inject('acquire', landsLate(gate));
    await ask(harness);
    gate.open();
    await settle();
    expect((await harness.run(STRICT)).number).toBe(1);
  });

  it('[B25] lands late and is given back also when that fails at first', async () => {
    const harness = new Harness();
    const gate = new Gate();
    harness.store.inject('acquire', landsLate(gate));
    await ask(harness);
    harness.store.inject('release', throws());
    gate.open();
    await settle();
    await advance(LEASE + 1);
    expect((await harness.run(STRICT)).number).toBe(1);
    expect(harness.sightings).toEqual([]);
  });

  it('[B25] is answered late, after it was taken back, and harms nobody', async () => {
    const harness = new Harness();
    const gate = new Gate();
    harness.store.inject('acquire', answersLate(gate));
    await ask(harness);
    await settle();
    const next = await harness.run(STRICT);
    gate.open();
    await settle();
    expect(await harness.kindOf(STRICT)).toBe('conflict');
    await next.release('nothing');
  });

  it('[B25] does not take back what another one has', async () => {
    const harness = new Harness();
    const other = await harness.run(STRICT, harness.another());
    harness.store.inject('acquire', losesReply);
    await ask(harness);
    await settle();
    expect(harness.store.calls.release).toBe(1);
    expect(await harness.kindOf(STRICT)).toBe('conflict');
    expect(other.signal.aborted).toBe(false);
    await other.release('nothing');
  });

  it('[B25] is taken back when the store is up again, however long its lease is over', async () => {
    const harness = new Harness();
    harness.store.inject('acquire', losesReply, 2);
    harness.store.inject('release', throws(), Infinity);
    await ask(harness, 'a');
    await ask(harness, 'b');
    await advance(10 * LEASE);
    expect(await harness.kindOf({ ...STRICT, id: 'a' })).toBe('uncertain');
    harness.store.heal();
    await advance(5_000);
    expect((await harness.run({ ...STRICT, id: 'a' })).number).toBe(1);
    expect((await harness.run({ ...STRICT, id: 'b' })).number).toBe(1);
  });

  it('is not one that the store answered: what cannot be read stays', async () => {
    const harness = new Harness();
    harness.store.inject('acquire', throws(new RecordUnreadableError('corrupt')));
    await expect(harness.kindOf()).rejects.toMatchObject({ code: 'IDEMPOTENCY_RECORD_UNREADABLE' });
    await settle();
    expect(harness.store.calls.release).toBe(0);
  });

  it('[B28] is tried once more when the application stops, and then given up', async () => {
    const harness = new Harness();
    harness.store.inject('acquire', losesReply);
    harness.store.inject('release', throws(), Infinity);
    await ask(harness);
    await settle();
    const { release } = harness.store.calls;
    await harness.engine.drain(1_000);
    expect(harness.store.calls.release).toBe(release + 1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[B28] is taken back before the application stops', async () => {
    const harness = new Harness();
    harness.store.inject('acquire', losesReply);
    const gate = new Gate();
    harness.store.inject('release', landsLate(gate));
    await ask(harness);
    let stopped = false;
    const drained = harness.engine.drain(1_000).then(() => (stopped = true));
    await gate.reached;
    await settle();
    expect(stopped).toBe(false);
    gate.open();
    await drained;
    expect((await harness.run(STRICT, harness.another())).number).toBe(1);
  });
});

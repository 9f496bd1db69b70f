import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { openPlace, type Place } from '../support/postgres-store.js';
import { begin, HOUR, KEPT, listed, RESPONSE } from '../support/redis-round-trip.js';

const unreadable = { code: IdempotencyErrorCode.RECORD_UNREADABLE };

describe('[B51] rows that a PostgresStore does not understand', () => {
  let place: Place;
  beforeAll(async () => (place = await openPlace()));
  afterAll(() => place.close());

  const rowOf = (id: string) => place.rows('SELECT t::text FROM $table AS t WHERE id = $1', [id]);

  it.each([
    ['of a newer version', 'format = 2'],
    ['of a newer version, and over', 'format = 2, ends = 1, lease_ends = 1'],
    ['in a phase that there is not', `phase = 'half'`],
    ['in a phase that there is not, and lapsed', `phase = 'half', lease_ends = 1`],
  ])('are refused by every operation, and not changed: %s', async (_what, change) => {
    const store = place.store();
    const { claim, ref } = await begin(store);
    await place.rows(`UPDATE $table SET ${change} WHERE id = $1`, [ref.id]);
    const before = await rowOf(ref.id);
    for (const operation of [
      () => store.acquire(claim),
      () => store.acquire({ ...claim, waiting: true }),
      () => store.extend(ref, HOUR, HOUR),
      () => store.complete(ref, RESPONSE, KEPT),
      () => store.release(ref, 'nothing'),
      () => store.recordEffect(ref, { name: 'charge' }, 'rerun'),
      () => store.resolve(ref, { as: 'not-applied', keep: HOUR, note: 'n' }),
      () => store.look(ref.id),
    ]) {
      await expect(operation()).rejects.toMatchObject(unreadable);
    }
    expect(await rowOf(ref.id)).toEqual(before);
  });

  it.each([
    ['damaged', `response = '\\x00'`],
    ['missing', 'response = NULL'],
    ['without a checksum', 'checksum = NULL'],
  ])('a response that is %s is not replayed', async (_what, change) => {
    const store = place.store();
    const { claim, ref } = await begin(store);
    await store.complete(ref, RESPONSE, KEPT);
    await place.rows(`UPDATE $table SET ${change} WHERE id = $1`, [ref.id]);
    await expect(store.acquire(claim)).rejects.toMatchObject(unreadable);
    await expect(store.look(ref.id)).rejects.toMatchObject(unreadable);
    expect(await store.remove(ref.id)).toBe('removed');
  });

  it('one of a newer version hides no other from a list, and is neither removed nor purged', async () => {
    const store = place.store();
    const [one, other] = [await begin(store, { scope: 'mixed' }), await begin(store, { scope: 'mixed' })];
    await place.rows(`UPDATE $table SET format = 2 WHERE id = $1`, [one.ref.id]);
    expect((await listed(store, { scopes: ['mixed'] })).map(({ id }) => id)).toEqual([other.ref.id]);
    await expect(store.remove(one.ref.id)).rejects.toMatchObject(unreadable);
    await place.rows(`UPDATE $table SET ends = 1, lease_ends = 1 WHERE id = $1`, [one.ref.id]);
    await store.purge();
    expect(await rowOf(one.ref.id)).toHaveLength(1);
  });

  it('[B52] a fence is not given again, though its row is gone and the sequence was set back', async () => {
    const store = place.store();
    const first = await begin(store);
    await store.release(first.ref, 'nothing');
    await place.rows(`SELECT setval('"${place.schema}".idempotency_records_fence', 1)`);
    const second = await begin(store, first.claim);
    expect(second.ref.fence).toBeGreaterThan(first.ref.fence);
    expect(await store.complete(first.ref, RESPONSE, KEPT)).toMatchObject({ state: 'lost' });
    expect(await store.complete(second.ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
  });

  it('[B52] a fence grows by a takeover and by a resolution, though the clock was set back', async () => {
    const store = place.store();
    const { claim, ref } = await begin(store, { onLapse: 'uncertain' });
    // As the next one would find it, an hour ahead of its clock.
    const ahead = ref.fence + HOUR * 1_000;
    const fenceOf = async () =>
      Number(
        (await place.rows<{ fence: string }>('SELECT fence FROM $table WHERE id = $1', [ref.id]))[0]!.fence,
      );
    await place.rows('UPDATE $table SET fence = $1, lease_ends = 0 WHERE id = $2', [ahead, ref.id]);
    await store.resolve({ id: ref.id, fence: ahead }, { as: 'not-applied', keep: HOUR, note: 'n' });
    expect(await fenceOf()).toBe(ahead + 1);
    expect(await store.acquire(claim)).toMatchObject({ state: 'acquired', attempt: 2, fence: ahead + 2 });
  });
});

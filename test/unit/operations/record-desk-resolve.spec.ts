import { throws } from '../../support/fault-store.js';
import { ALICE, LEASE, KEPT, WHO, NOT_APPLIED, BODY, RESPONSE, Desk, referencesOf } from './desk-harness.js';

describe('resolving a record', () => {
  it('as not applied frees the key, and says who said so', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    expect(await desk.desk.resolve(id, NOT_APPLIED)).toEqual({ resolved: true });
    expect(await desk.desk.look(id)).toMatchObject({
      state: 'not-applied',
      endsIn: KEPT.response,
      resolution: { as: 'not-applied', ...WHO, at: expect.any(String) },
    });
    await desk.claim('k');
    expect(await desk.desk.look(id)).toMatchObject({
      state: 'in-progress',
      attempt: 2,
      resolution: { as: 'not-applied' },
    });
  });

  it('as completed gives its answer, for as long as any', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    const response = { status: 201, body: { id: 1 } };
    expect(await desk.desk.resolve(id, { as: 'completed', response, ...WHO })).toEqual({ resolved: true });
    expect(await desk.desk.look(id)).toMatchObject({
      state: 'completed',
      endsIn: KEPT.response,
      resolution: { as: 'completed', ...WHO },
      response: { status: 201, body: new Uint8Array(BODY) },
    });
    desk.clock.advance(KEPT.response);
    expect(await desk.desk.look(id)).toMatchObject({ state: 'expired', endsIn: KEPT.tombstone });
  });

  it('that names its attempt leaves a later one alone', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    // Somebody else was first, and the retry ran meanwhile.
    await desk.desk.resolve(id, { ...NOT_APPLIED, attempt: 1 });
    await desk.uncertain('k');
    expect(await desk.desk.resolve(id, { ...NOT_APPLIED, attempt: 1 })).toMatchObject({
      resolved: false,
      record: { state: 'uncertain', attempt: 2 },
    });
    expect(await desk.desk.resolve(id, { ...NOT_APPLIED, attempt: 2 })).toEqual({ resolved: true });
  });

  it.each([0, 1.5, '1', null])('of attempt %p is refused', async (attempt) => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    await expect(desk.desk.resolve(id, { ...NOT_APPLIED, attempt: attempt as number })).rejects.toThrow(
      'The attempt of a resolution is a whole number greater than 0.',
    );
  });

  it('of an attempt whose lease is over works like one that said it does not know', async () => {
    const desk = new Desk();
    const { id } = await desk.claim('k');
    expect(await desk.desk.resolve(id, NOT_APPLIED)).toMatchObject({
      resolved: false,
      record: { state: 'in-progress' },
    });
    desk.clock.advance(LEASE);
    expect(await desk.desk.resolve(id, NOT_APPLIED)).toEqual({ resolved: true });
  });

  it('takes it over: what its attempt says later is lost', async () => {
    const desk = new Desk();
    const ref = await desk.uncertain('k');
    await desk.desk.resolve(ref.id, NOT_APPLIED);
    expect(await desk.store.complete(ref, RESPONSE, KEPT)).toMatchObject({ state: 'lost' });
    expect(await desk.store.extend(ref, LEASE, LEASE)).toBe('lost');
  });

  it.each(['unknown', 'a b', ''])('%j, which is not there, says just that', async (reference) => {
    const { desk, store } = new Desk();
    expect(await desk.resolve(reference, NOT_APPLIED)).toEqual({ resolved: false });
    expect(store.calls.resolve).toBe(0);
  });

  it('that is completed changes nothing, and shows it', async () => {
    const desk = new Desk();
    const { id } = await desk.completed('k');
    const outcome = await desk.desk.resolve(id, NOT_APPLIED);
    expect(outcome).toEqual({ resolved: false, record: expect.objectContaining({ state: 'completed' }) });
    expect(outcome).not.toHaveProperty('record.response');
    expect(desk.store.calls.resolve).toBe(0);
  });

  it('that its late owner completes just before tells so', async () => {
    const desk = new Desk();
    const ref = await desk.uncertain('k');
    desk.store.inject('resolve', async (work) => {
      await desk.store.complete(ref, RESPONSE, KEPT);
      return work();
    });
    expect(await desk.desk.resolve(ref.id, NOT_APPLIED)).toEqual({
      resolved: false,
      record: expect.objectContaining({ reference: ref.id, state: 'completed' }),
    });
  });

  it('that somebody else resolves just before is resolved once, and by that one', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    desk.store.inject('resolve', async (work) => {
      await desk.desk.resolve(id, { ...NOT_APPLIED, by: 'carol' });
      return work();
    });
    expect(await desk.desk.resolve(id, NOT_APPLIED)).toMatchObject({
      resolved: false,
      record: { state: 'not-applied', resolution: { by: 'carol' } },
    });
  });

  it('that became uncertain again, in another attempt, is not resolved by what was known of the first', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    desk.store.inject('resolve', async (work) => {
      await desk.desk.resolve(id, { ...NOT_APPLIED, by: 'carol' });
      await desk.uncertain('k');
      return work();
    });
    expect(await desk.desk.resolve(id, NOT_APPLIED)).toMatchObject({
      resolved: false,
      record: { state: 'uncertain', attempt: 2 },
    });
  });

  it('that is erased just before says that it is not there', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    desk.store.inject('resolve', async (work) => {
      await desk.store.remove(id);
      return work();
    });
    expect(await desk.desk.resolve(id, NOT_APPLIED)).toEqual({ resolved: false });
  });

  it('with something wrong is refused before the store is asked', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    await expect(desk.desk.resolve(id, { ...NOT_APPLIED, by: '' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFIGURATION',
    });
    expect(desk.store.calls.look).toBe(0);
    expect(await desk.desk.look(id)).toMatchObject({ state: 'uncertain' });
  });

  it('[B48] fails when nobody knows whether it was resolved', async () => {
    const desk = new Desk();
    const { id } = await desk.uncertain('k');
    desk.store.inject('resolve', throws());
    await expect(desk.desk.resolve(id, NOT_APPLIED)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_STORE_UNAVAILABLE',
    });
  });
});

describe('erasing a scope', () => {
  it('removes all its records, tombstones and uncertain ones too, and nothing of others', async () => {
    const desk = new Desk();
    await desk.completed('expired');
    desk.clock.advance(KEPT.response);
    await desk.completed('done');
    await desk.uncertain('uncertain');
    await desk.desk.resolve((await desk.uncertain('resolved')).id, NOT_APPLIED);
    const { id } = await desk.completed('done', { user: 'bob' });
    expect(await desk.desk.erase(ALICE)).toEqual({ erased: 4, running: 0 });
    expect(referencesOf((await desk.desk.list()).records)).toEqual([id]);
    expect(await desk.desk.erase(ALICE)).toEqual({ erased: 0, running: 0 });
    expect((await desk.claim('done')).fence).toBeGreaterThan(0);
  });

  it('leaves what runs, and says so', async () => {
    const desk = new Desk();
    const { id } = await desk.claim('running');
    await desk.completed('done');
    expect(await desk.desk.erase(ALICE)).toEqual({ erased: 1, running: 1 });
    expect(await desk.desk.look(id)).toMatchObject({ state: 'in-progress' });
    desk.clock.advance(LEASE);
    expect(await desk.desk.erase(ALICE)).toEqual({ erased: 1, running: 0 });
  });

  it('goes through more than a page of them', async () => {
    const desk = new Desk();
    for (let i = 0; i < 1_201; i++) await desk.completed(`k${i}`);
    expect(await desk.desk.erase(ALICE)).toEqual({ erased: 1_201, running: 0 });
    expect((await desk.desk.list()).records).toEqual([]);
  });

  it('does not count what somebody else removed meanwhile', async () => {
    const desk = new Desk();
    const { id } = await desk.completed('k');
    desk.store.inject('remove', async (work) => {
      desk.store.heal();
      await desk.store.remove(id);
      return work();
    });
    expect(await desk.desk.erase(ALICE)).toEqual({ erased: 0, running: 0 });
  });
});

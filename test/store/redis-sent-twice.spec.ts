import { Redis } from 'ioredis';
import type { Acquired } from '../../lib/store/idempotency-store.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { begin, claimOf, HOUR, KEPT, RESPONSE } from '../support/redis-round-trip.js';

const REMEMBERED = { response: HOUR, tombstone: HOUR };

// As a client does that lost its connection before the answer.
describe('a call that is sent twice', () => {
  const redis = new Redis(Number(process.env.TEST_REDIS_PORT));
  const once = new RedisStore({ client: redis });
  const twice = new Redis(Number(process.env.TEST_REDIS_PORT));
  type Send = (...args: unknown[]) => Promise<unknown>;
  const send = (twice as unknown as { evalshaBuffer: Send }).evalshaBuffer.bind(twice);
  const evalshaBuffer: Send = async (...args) => {
    await send(...args);
    return send(...args);
  };
  Object.assign(twice, { evalshaBuffer });
  const store = new RedisStore({ client: twice });
  beforeAll(async () => {
    // Both scripts are known: an unknown one is sent in full, and that once.
    await once.complete((await begin(once)).ref, RESPONSE, KEPT);
  });
  afterAll(() => [redis, twice].forEach((client) => client.disconnect()));

  it.each([
    ['a first attempt', {}],
    ['a strict one', { onLapse: 'uncertain' }],
    ['one that waits', { waiting: true }],
  ] as const)('gives %s one lease, which begins with the second', async (_name, changes) => {
    const { claim, ref } = await begin(store, changes);
    const entry = (await once.look(claim.id))!;
    expect(entry).toMatchObject({ state: 'in-progress', attempt: 1, fence: ref.fence });
    expect(entry.leaseRemaining).toBeGreaterThan(claim.lease - 60_000);
    expect(await once.acquire(claimOf(claim.id))).toMatchObject({ state: 'in-progress', attempt: 1 });
    expect(await store.complete(ref, RESPONSE, REMEMBERED)).toEqual({ state: 'completed' });
    expect(await once.acquire(claim)).toMatchObject({ state: 'completed', response: RESPONSE });
  });

  it('gives who takes over one lease', async () => {
    const { claim, ref } = await begin(once);
    await once.recordEffect(ref, { name: 'charge' }, 'rerun');
    await once.release(ref, 'unknown');
    const taken = (await store.acquire({ ...claim, token: 'other' })) as Acquired;
    expect(taken).toMatchObject({ state: 'acquired', attempt: 2, effects: [{ name: 'charge' }] });
    expect(await store.complete({ ...ref, fence: taken.fence }, RESPONSE, KEPT)).toEqual({
      state: 'completed',
    });
  });

  it.each(['rerun', 'uncertain'] as const)(
    'gives one lease (%s) after a resolution that left a note',
    async (onLapse) => {
      const { claim, ref } = await begin(once, { onLapse: 'uncertain' });
      await once.release(ref, 'unknown');
      const resolution = { as: 'not-applied', note: 'no trace of it', keep: HOUR } as const;
      expect(await once.resolve(ref, resolution)).toEqual({ state: 'resolved' });
      const taken = (await store.acquire({ ...claim, onLapse, token: 'other' })) as Acquired;
      expect(taken).toMatchObject({ state: 'acquired', attempt: 2 });
      expect(await store.complete({ ...ref, fence: taken.fence }, RESPONSE, KEPT)).toEqual({
        state: 'completed',
      });
    },
  );

  it('tells two claims apart that differ in nothing but their calls', async () => {
    const { claim } = await begin(store);
    expect(await store.acquire(claim)).toMatchObject({ state: 'in-progress', attempt: 1 });
  });
});

import { Redis } from 'ioredis';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import type { Acquired } from '../../lib/store/idempotency-store.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { begin, claimOf, HOUR, KEPT, nextSettled, RESPONSE } from '../support/redis-round-trip.js';

const unreadable = { code: IdempotencyErrorCode.RECORD_UNREADABLE };
const REMEMBERED = { response: HOUR, tombstone: HOUR };
const keyOf = (id: string) => `idempotency:{${id}}`;

// `acquire` and `complete` answer what is common without taking a record apart. What is not common must not pass for it.
describe('the short ways of the scripts', () => {
  const redis = new Redis(Number(process.env.TEST_REDIS_PORT));
  const store = new RedisStore({ client: redis });
  afterAll(() => redis.disconnect());

  /** Whatever `complete` and both kinds of `acquire` find there, they refuse it and leave it alone. */
  async function expectRefused(id: string, fence: number, key: string, value: Buffer): Promise<void> {
    await redis.set(key, value);
    const operations = [
      () => store.acquire(claimOf(id)),
      () => store.acquire({ ...claimOf(id), waiting: true }),
      () => store.acquire({ ...claimOf(id), onLapse: 'uncertain' }),
      () => store.complete({ id, fence }, RESPONSE, REMEMBERED),
    ];
    for (const operation of operations) await expect(operation()).rejects.toMatchObject(unreadable);
    expect(await redis.getBuffer(key)).toEqual(value);
    expect(await redis.pttl(key)).toBe(-1);
  }

  /** What stands at the key of a new attempt. */
  async function attempt(changes: Parameters<typeof begin>[1] = {}) {
    const { claim, ref } = await begin(store, changes);
    return { claim, ref, key: keyOf(claim.id), value: (await redis.getBuffer(keyOf(claim.id)))! };
  }

  it.each(['rerun', 'uncertain'] as const)(
    'refuse a running record (%s) that is cut off, anywhere',
    async (onLapse) => {
      const { ref, key, value } = await attempt({ onLapse });
      for (let length = 0; length < value.length; length++) {
        await expectRefused(ref.id, ref.fence, key, value.subarray(0, length));
      }
    },
  );

  it('refuse an awaited record that is cut off, anywhere', async () => {
    const { claim, ref, key } = await attempt();
    await store.acquire({ ...claim, waiting: true });
    const value = (await redis.getBuffer(key))!;
    for (let length = 0; length < value.length; length++) {
      await expectRefused(ref.id, ref.fence, key, value.subarray(0, length));
    }
  });

  it.each(['x', '\n', '9', '9\n', '1790000000 5', '\n1790000000 5', '9\ncharge -\n\n', ' ', '\0'])(
    'refuse a running record with %j behind it',
    async (tail) => {
      const { ref, key, value } = await attempt();
      await expectRefused(ref.id, ref.fence, key, Buffer.concat([value, Buffer.from(tail)]));
    },
  );

  it('refuse a completed record that is cut off, anywhere, or has something behind it', async () => {
    const { claim, ref, key } = await attempt();
    await store.complete(ref, Buffer.from('{"id":1}'), KEPT);
    const value = (await redis.getBuffer(key))!;
    for (let length = 0; length < value.length; length++) {
      await redis.set(key, value.subarray(0, length));
      await expect(store.acquire(claim)).rejects.toMatchObject(unreadable);
    }
    // The last has the checksum of nothing.
    const crcOfNothing = Buffer.from('9d0ad96d', 'hex');
    for (const [begins, tail] of [
      [value, Buffer.from('\n')],
      [Buffer.from('i1 c 0 0 7 1 v1:f s\n'), crcOfNothing],
    ] as const) {
      await redis.set(key, Buffer.concat([begins, tail]));
      await expect(store.acquire(claim)).rejects.toMatchObject(unreadable);
    }
  });

  it('refuse a tombstone that is cut off, anywhere, or is a fence', async () => {
    const { ref, key } = await attempt();
    await store.complete(ref, RESPONSE, REMEMBERED);
    const value = (await redis.getBuffer(`${key}t`))!;
    await redis.del(key);
    for (let length = 0; length < value.length; length++) {
      await expectRefused(ref.id, ref.fence, `${key}t`, value.subarray(0, length));
    }
    for (const text of ['1790000000000000', '1', 'acquired', 'completed', 'i1 c 0 0 7 1 f s\n', '\0']) {
      await expectRefused(ref.id, ref.fence, `${key}t`, Buffer.from(text));
    }
  });

  it.each([
    '1790000000000000',
    '1',
    'acquired',
    'completed',
    'lost',
    'i1 t v1:f s\n',
    'i1 r 9999999999999999 ',
  ])('take no %j for an answer of their own', async (value) => {
    const { id } = claimOf();
    await expectRefused(id, 7, keyOf(id), Buffer.from(value));
  });

  it('refuse another Redis type in the place of the tombstone', async () => {
    const { id } = claimOf();
    await redis.rpush(`${keyOf(id)}t`, 'secret');
    const type = { ...unreadable, message: expect.stringMatching(/another Redis type/) as string };
    await expect(store.acquire(claimOf(id))).rejects.toMatchObject(type);
    await expect(store.complete({ id, fence: 7 }, RESPONSE, KEPT)).rejects.toMatchObject(type);
    expect(await redis.exists(keyOf(id))).toBe(0);
  });

  it('know what was resolved as not applied from what runs, whatever its lease says', async () => {
    const { claim, ref, key, value } = await attempt({ onLapse: 'uncertain' });
    await redis.set(key, value.toString('latin1').replace('i1 u', 'i1 n'));
    expect(await store.complete(ref, RESPONSE, KEPT)).toMatchObject({ record: { state: 'not-applied' } });
    expect(await store.acquire(claimOf(claim.id))).toMatchObject({ state: 'acquired', attempt: 2 });
  });

  it('complete an attempt only by its own fence, and a later one with its own number', async () => {
    const { claim, ref, key } = await attempt();
    for (const fence of [1, ref.fence - 1, ref.fence + 1, Math.floor(ref.fence / 10), ref.fence * 10]) {
      const lost = { state: 'lost', record: { state: 'in-progress', attempt: 1 } };
      expect(await store.complete({ ...ref, fence }, RESPONSE, KEPT)).toMatchObject(lost);
    }
    await store.release(ref, 'unknown');
    const { fence } = (await store.acquire(claim)) as Acquired;
    expect(await store.complete(ref, RESPONSE, KEPT)).toMatchObject({ state: 'lost' });
    expect(await store.complete({ ...ref, fence }, RESPONSE, REMEMBERED)).toEqual({ state: 'completed' });
    expect(await store.look(ref.id)).toMatchObject({ state: 'completed', fence, attempt: 2 });
    await redis.del(key);
    expect(await store.acquire(claim)).toMatchObject({ state: 'expired', fingerprint: claim.fingerprint });
  });

  it('leave a note in the record that is completed after it, and out of its tombstone', async () => {
    const { claim, ref, key } = await attempt({ onLapse: 'uncertain' });
    await store.release(ref, 'unknown');
    await store.resolve(ref, { as: 'not-applied', keep: HOUR, note: 'asked the bank' });
    const { fence } = (await store.acquire(claim)) as Acquired;
    expect(await store.complete({ ...ref, fence }, RESPONSE, REMEMBERED)).toEqual({ state: 'completed' });
    expect(await store.look(ref.id)).toMatchObject({ attempt: 2, note: 'asked the bank' });
    expect(await redis.get(`${key}t`)).toBe(`i1 t ${claim.fingerprint} ${claim.scope}\n`);
  });

  it('complete a tenth attempt', async () => {
    const { claim, ref, key, value } = await attempt();
    await redis.set(key, value.toString('latin1').replace(`${ref.fence} 1 `, `${ref.fence} 10 `));
    expect(await store.complete(ref, RESPONSE, REMEMBERED)).toEqual({ state: 'completed' });
    expect(await store.look(ref.id)).toMatchObject({ state: 'completed', attempt: 10 });
    await redis.del(key);
    expect(await store.acquire(claim)).toMatchObject({ state: 'expired', fingerprint: claim.fingerprint });
  });

  it.each(['rerun', 'uncertain'] as const)('drop effects with the completion (%s)', async (onLapse) => {
    const { claim, ref, key } = await attempt({ onLapse });
    await store.recordEffect(ref, { name: 'charge', result: Buffer.from('\n1\n') }, onLapse);
    const running = { state: 'in-progress', attempt: 1, fingerprint: claim.fingerprint };
    expect(await store.acquire(claimOf(claim.id))).toMatchObject(running);
    expect(await store.acquire({ ...claimOf(claim.id), waiting: true })).toMatchObject(running);
    expect((await redis.get(key))!.slice(0, 6)).toBe(onLapse === 'rerun' ? 'i1 R+ ' : 'i1 U+ ');
    expect(await store.complete(ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
    expect(await store.acquire(claim)).toMatchObject({ state: 'completed', response: RESPONSE });
  });

  it('tell everybody that a record runs which somebody waits for, and announce it', async () => {
    const { claim, ref } = await attempt({ onLapse: 'uncertain' });
    const { told, unwatch } = await nextSettled(store, claim.id);
    for (const waiting of [false, true, false, true]) {
      const answer = await store.acquire({ ...claimOf(claim.id), waiting });
      expect(answer).toMatchObject({ state: 'in-progress', attempt: 1 });
    }
    await store.complete(ref, RESPONSE, KEPT);
    expect(await told).toBe(claim.id);
    await unwatch();
  });

  // As after the clock of the server was set back, and after it was set forward.
  it('go by the lease that is written, and by the fence, wherever the clock is', async () => {
    const { claim, ref, key, value } = await attempt();
    const [, lease = '', fence = ''] = /^i1 r (\d+) \d+ (\d+) /.exec(value.toString('latin1'))!;
    const future = `${2 ** 53 - 1000}`;
    const written = value.toString('latin1').replace(lease, future).replaceAll(fence, future);
    await redis.set(key, written);
    const told = await store.acquire(claimOf(claim.id));
    expect(told).toMatchObject({ state: 'in-progress' });
    expect((told as { leaseRemaining: number }).leaseRemaining).toBeGreaterThan(365 * 24 * HOUR);
    const past = '1000000000000001';
    await redis.set(key, written.replace(future, past));
    const taken = (await store.acquire(claimOf(claim.id))) as Acquired;
    expect(taken).toEqual({ state: 'acquired', fence: Number(future) + 1, attempt: 2 });
    expect(await store.complete(ref, RESPONSE, KEPT)).toMatchObject({ state: 'lost' });
    expect(await store.complete({ ...ref, fence: taken.fence }, RESPONSE, KEPT)).toEqual({
      state: 'completed',
    });
  });

  it('a record that was given no time to live keeps none, until it is completed', async () => {
    const { claim, ref, key } = await attempt({ onLapse: 'uncertain' });
    await store.acquire(claimOf(claim.id));
    expect(await redis.pttl(key)).toBe(-1);
    await store.complete(ref, RESPONSE, KEPT);
    expect(await redis.pttl(key)).toBeGreaterThan(HOUR - 60_000);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(HOUR);
  });
});

import { Redis } from 'ioredis';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { begin, claimOf, HOUR, KEPT, listed, RESPONSE } from '../support/redis-round-trip.js';

const unreadable = { code: IdempotencyErrorCode.RECORD_UNREADABLE };

describe('[B51] RedisStore and a key that holds something else', () => {
  const redis = new Redis(Number(process.env.TEST_REDIS_PORT));
  const store = new RedisStore({ client: redis });
  afterAll(() => redis.disconnect());

  const operations = (id: string, fence: number) => [
    () => store.acquire(claimOf(id)),
    () => store.acquire({ ...claimOf(id), waiting: true }),
    () => store.extend({ id, fence }, HOUR, HOUR),
    () => store.complete({ id, fence }, RESPONSE, KEPT),
    () => store.release({ id, fence }, 'nothing'),
    () => store.release({ id, token: 't' }, 'unknown'),
    () => store.look(id),
    () => store.resolve({ id, fence }, { as: 'not-applied', keep: HOUR, note: 'n' }),
    () => store.remove(id),
  ];

  it.each([
    [
      'a later version, in progress',
      'i2 r 9000000000000000 5 7 1 v1:secret s\nt o\n',
      /version 2;.* reads version 1/,
    ],
    ['a later version, completed', 'i10 c 4 5a6b 7 1 v1:secret s\nbody', /format version 10;/],
    ['an earlier version', 'i0 r 9 5 7 1 v1:secret s\nt o\n', /format version 0;/],
    ['the value of another application', '{"secret":true}', /something else, or a damaged record/],
    ['nothing', '', /something else/],
    ['a kind of record that this version does not know', 'i1 x 7 v1:secret\n', /damaged/],
    ['a record in progress as it was before it had an operation', 'i1 p 7 1 9 v1:secret\n', /damaged/],
    ...['r', 'R', 'u', 'U', 'n'].flatMap((kind): [string, string, RegExp][] => [
      [`a cut record of kind ${kind}`, `i1 ${kind} 9000000000000000 5 7 1 v1:sec`, /damaged/],
      [`one of kind ${kind} with a cut operation`, `i1 ${kind} 9 5 7 1 v1:secret s\nt o`, /damaged/],
      [
        `one of kind ${kind} with something behind it`,
        `i1 ${kind} 9 5 7 1 v1:secret s\nt o\nmore`,
        /damaged/,
      ],
      [`one of kind ${kind} with a field too many`, `i1 ${kind} 9 5 7 1 v1:secret s n x\nt o\n`, /damaged/],
      [`one of kind ${kind} with an empty note`, `i1 ${kind} 9 5 7 1 v1:secret s \nt o\n`, /damaged/],
      [`one of kind ${kind} without a fence`, `i1 ${kind} 9 5 x 1 v1:secret s\nt o\n`, /damaged/],
      [`one of kind ${kind} without a scope`, `i1 ${kind} 9 5 7 1 v1:secret\nt o\n`, /damaged/],
    ]),
    ['a cut response', 'i1 c 4 5a6b 7 1 v1:secret s\nbod', /damaged/],
    ['a response with something behind it', 'i1 c 4 5a6b 7 1 v1:secret s\nbodys', /damaged/],
    ['a completed record with an empty note', 'i1 c 4 5a6b 7 1 v1:secret s \nbody', /damaged/],
    ['a completed record without a scope', 'i1 c 4 5a6b 7 1 v1:secret\nbody', /damaged/],
    ['a completed record without its header', 'i1 c body', /damaged/],
    ['a tombstone where the record belongs', 'i1 t v1:secret s\n', /damaged/],
  ])('every operation refuses %s, and leaves it alone', async (name, value, message) => {
    const id = name.replaceAll(/\W/g, '-').slice(0, 64);
    const key = `idempotency:{${id}}`;
    await redis.set(key, value);
    for (const operation of operations(id, 7)) {
      const error: unknown = await operation().catch((e: unknown) => e);
      expect(error).toMatchObject({ ...unreadable, message: expect.stringMatching(message) as string });
      expect(String(error)).not.toContain('secret');
      expect(await redis.get(key)).toBe(value);
      expect(await redis.pttl(key)).toBe(-1);
    }
  });

  it.each([
    ['of a later version', 'i2 t v1:secret s\n', /format version 2;/],
    ['cut', 'i1 t v1:sec', /damaged/],
    ['with something behind it', 'i1 t v1:secret s\nmore', /damaged/],
    ['that is a record', 'i1 c 4 5a6b 7 1 v1:secret s\nbody', /damaged/],
  ])('a tombstone %s does not let its key run again', async (name, value, message) => {
    const id = `tombstone-${name.replaceAll(' ', '-')}`;
    await redis.set(`idempotency:{${id}}t`, value);
    const operations = [
      () => store.acquire(claimOf(id)),
      () => store.complete({ id, fence: 7 }, RESPONSE, KEPT),
      () => store.look(id),
      () => store.resolve({ id, fence: 7 }, { as: 'not-applied', keep: HOUR, note: 'n' }),
    ];
    for (const operation of operations) {
      const refusal = { ...unreadable, message: expect.stringMatching(message) as string };
      await expect(operation()).rejects.toMatchObject(refusal);
    }
    expect(await redis.get(`idempotency:{${id}}t`)).toBe(value);
  });

  it('a list leaves it out, and tells the others', async () => {
    const [bad, good] = [await begin(store, { scope: 'mixed' }), await begin(store, { scope: 'mixed' })];
    await redis.set(`idempotency:{${bad.claim.id}}`, 'i2 r 9 5 7 1 v1:f mixed\nt o\n');
    const records = await listed(store, { scopes: ['mixed'] });
    expect(records.map(({ id }) => id)).toEqual([good.claim.id]);
  });

  it('every operation refuses another Redis type, and leaves it alone', async () => {
    await redis.rpush('idempotency:{a-list}', 'secret');
    for (const operation of operations('a-list', 7)) {
      await expect(operation()).rejects.toMatchObject({
        ...unreadable,
        message: expect.stringMatching(/another Redis type/) as string,
      });
    }
    expect(await redis.lrange('idempotency:{a-list}', 0, -1)).toEqual(['secret']);
  });

  it('a response of which one byte has changed is not replayed', async () => {
    const { claim, ref } = await begin(store);
    await store.complete(ref, Buffer.from('amount: 100'), KEPT);
    await redis.setrange(
      `idempotency:{${claim.id}}`,
      (await redis.strlen(`idempotency:{${claim.id}}`)) - 1,
      '9',
    );
    await expect(store.acquire(claim)).rejects.toMatchObject(unreadable);
    await expect(store.complete({ ...ref, fence: 1 }, RESPONSE, KEPT)).rejects.toMatchObject(unreadable);
  });
});

import { Redis } from 'ioredis';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { begin, claimOf, HOUR, RESPONSE } from '../support/redis-round-trip.js';

const unreadable = { code: IdempotencyErrorCode.RECORD_UNREADABLE };

describe('[B51] RedisStore and a key that holds something else', () => {
  const redis = new Redis(Number(process.env.TEST_REDIS_PORT));
  const store = new RedisStore({ client: redis });
  afterAll(() => redis.disconnect());

  const operations = (id: string, fence: number) => [
    () => store.acquire(claimOf(id)),
    () => store.acquire({ ...claimOf(id), waiting: true }),
    () => store.extend({ id, fence }, HOUR, HOUR),
    () => store.complete({ id, fence }, RESPONSE, HOUR),
    () => store.release({ id, fence }),
  ];

  it.each([
    [
      'a later version, in progress',
      'i2 p 7 1 9000000000000000 v1:secret\n',
      /format version 2;.* reads version 1/,
    ],
    ['a later version, completed', 'i10 c 7 v1:secret 4 5a6b\nbody', /format version 10;/],
    ['the value of another application', '{"secret":true}', /something else, or a damaged record/],
    ['nothing', '', /something else/],
    ['a kind of record that this version does not know', 'i1 x 7 v1:secret\n', /damaged/],
    ['a cut record in progress', 'i1 p 7 1 9000000000000000 v1:sec', /damaged/],
    ['a record in progress with something behind it', 'i1 p 7 1 9 v1:secret\nmore', /damaged/],
    ['a record in progress without a fence', 'i1 p x 1 9 v1:secret\n', /damaged/],
    ['a cut response', 'i1 c 7 v1:secret 4 5a6b\nbod', /damaged/],
    ['a response with something behind it', 'i1 c 7 v1:secret 4 5a6b\nbodys', /damaged/],
    ['a completed record without its header', 'i1 c body', /damaged/],
  ])('every operation refuses %s, and leaves it alone', async (name, value, message) => {
    const id = name.replaceAll(/\W/g, '-');
    const key = `idempotency:${id}`;
    await redis.set(key, value);
    for (const operation of operations(id, 7)) {
      const error: unknown = await operation().catch((e: unknown) => e);
      expect(error).toMatchObject({ ...unreadable, message: expect.stringMatching(message) as string });
      expect(String(error)).not.toContain('secret');
      expect(await redis.get(key)).toBe(value);
      expect(await redis.pttl(key)).toBe(-1);
    }
  });

  it('every operation refuses another Redis type, and leaves it alone', async () => {
    await redis.rpush('idempotency:a-list', 'secret');
    for (const operation of operations('a-list', 7)) {
      await expect(operation()).rejects.toMatchObject({
        ...unreadable,
        message: expect.stringMatching(/another Redis type/) as string,
      });
    }
    expect(await redis.lrange('idempotency:a-list', 0, -1)).toEqual(['secret']);
  });

  it('a response of which one byte has changed is not replayed', async () => {
    const { claim, ref } = await begin(store);
    await store.complete(ref, Buffer.from('amount: 100'), HOUR);
    await redis.setrange(`idempotency:${claim.id}`, (await redis.strlen(`idempotency:${claim.id}`)) - 1, '9');
    await expect(store.acquire(claim)).rejects.toMatchObject(unreadable);
    await expect(store.complete({ ...ref, fence: 1 }, RESPONSE, HOUR)).rejects.toMatchObject(unreadable);
  });
});

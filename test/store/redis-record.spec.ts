import { crc32 } from 'node:zlib';
import { Redis } from 'ioredis';
import type { Acquired } from '../../lib/store/idempotency-store.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { begin, claimOf, HOUR } from '../support/redis-round-trip.js';

const DAY = 24 * HOUR;

// This is the format that other processes, of this version and of later ones, find in Redis: it may not change
// unless the version does.
describe('[B51] what RedisStore writes', () => {
  const redis = new Redis(Number(process.env.TEST_REDIS_PORT));
  const store = new RedisStore({ client: redis });
  afterAll(() => redis.disconnect());
  const valueOf = (id: string) => redis.get(`idempotency:${id}`);

  it('is one key per record, kept for its time', async () => {
    const claim = { ...claimOf(), keep: 60 * DAY };
    const { fence } = (await store.acquire(claim)) as Acquired;
    const key = `idempotency:${claim.id}`;
    expect(await redis.keys(`*${claim.id}*`)).toEqual([key]);
    expect(await redis.pttl(key)).toBeGreaterThan(59 * DAY);
    await store.complete({ id: claim.id, fence }, Buffer.from('x'), 30 * DAY);
    expect(await redis.pttl(key)).toBeGreaterThan(29 * DAY);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(30 * DAY);
  });

  it('in progress, then awaited: fence, attempt, end of the lease, fingerprint', async () => {
    const claim = { ...claimOf(), lease: 60 * DAY };
    const { fence } = (await store.acquire(claim)) as Acquired;
    const leaseEnd = `${fence + 60 * DAY * 1000}`;
    expect(await valueOf(claim.id)).toBe(`i1 p ${fence} 1 ${leaseEnd} v1:fingerprint\n`);
    const ttl = await redis.pttl(`idempotency:${claim.id}`);
    await store.acquire({ ...claim, waiting: true });
    expect(await valueOf(claim.id)).toBe(`i1 w ${fence} 1 ${leaseEnd} v1:fingerprint\n`);
    expect(await redis.pttl(`idempotency:${claim.id}`)).toBeLessThanOrEqual(ttl);
  });

  it('completed: fence, fingerprint, length and checksum of the response, the response', async () => {
    const { claim, ref } = await begin(store);
    await store.complete(ref, Buffer.from('{"id":1}'), HOUR);
    const checksum = crc32('{"id":1}').toString(16);
    expect(await valueOf(claim.id)).toBe(`i1 c ${ref.fence} v1:fingerprint 8 ${checksum}\n{"id":1}`);
  });

  it('a fence is the server’s time in µs, or one more than the fence before when that is later', async () => {
    const [seconds] = await redis.time();
    const { claim, ref } = await begin(store);
    expect(Math.abs(ref.fence / 1e6 - seconds!)).toBeLessThan(60);

    const future = 2 ** 53 - 1000;
    await redis.set(`idempotency:${claim.id}`, `i1 p ${future} 41 5 ${claim.fingerprint}\n`);
    expect(await store.acquire(claim)).toEqual({ state: 'acquired', fence: future + 1, attempt: 42 });
    expect(await store.extend({ id: claim.id, fence: future + 1 }, HOUR, HOUR)).toBe('held');
    expect(await valueOf(claim.id)).toMatch(new RegExp(`^i1 p ${future + 1} 42 \\d{16} v1:fingerprint\n$`));
  });
});

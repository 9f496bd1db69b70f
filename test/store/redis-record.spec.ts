import { crc32 } from 'node:zlib';
import { Redis } from 'ioredis';
import type { Acquired } from '../../lib/store/idempotency-store.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { begin, claimOf, HOUR, KEPT, RESPONSE } from '../support/redis-round-trip.js';

const DAY = 24 * HOUR;
const NOTE = 'ann: Bank hat’s geprüft';
const ENCODED = Buffer.from(NOTE).toString('base64url');

// This is the format that other processes, of this version and of later ones, find in Redis: it may not change
// unless the version does.
describe('[B51] what RedisStore writes', () => {
  const redis = new Redis(Number(process.env.TEST_REDIS_PORT));
  const store = new RedisStore({ client: redis });
  afterAll(() => redis.disconnect());
  const keyOf = (id: string) => `idempotency:{${id}}`;
  const valueOf = (id: string) => redis.get(keyOf(id));
  const strict = { onLapse: 'uncertain' } as const;

  it('is one key per record in progress, and one for its tombstone, kept for their times', async () => {
    const claim = { ...claimOf(), keep: 60 * DAY };
    const { fence } = (await store.acquire(claim)) as Acquired;
    const key = keyOf(claim.id);
    expect(await redis.keys(`*${claim.id}*`)).toEqual([key]);
    expect(await redis.pttl(key)).toBeGreaterThan(59 * DAY);
    const kept = { response: 30 * DAY, tombstone: 7 * DAY };
    await store.complete({ id: claim.id, fence }, Buffer.from('x'), kept);
    expect((await redis.keys(`*${claim.id}*`)).sort()).toEqual([key, `${key}t`]);
    expect(await redis.pttl(key)).toBeGreaterThan(29 * DAY);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(30 * DAY);
    expect(await redis.pttl(`${key}t`)).toBeGreaterThan(36 * DAY);
    expect(await redis.pttl(`${key}t`)).toBeLessThanOrEqual(37 * DAY);
  });

  it('is no tombstone where none is wanted', async () => {
    const { claim, ref } = await begin(store);
    await store.complete(ref, RESPONSE, { response: HOUR, tombstone: 0 });
    expect(await redis.keys(`*${claim.id}*`)).toEqual([keyOf(claim.id)]);
  });

  it.each([
    ['runs again', 'rerun', 'r', 'R'],
    ['is uncertain', 'uncertain', 'u', 'U'],
  ] as const)('in progress, then awaited, what %s', async (_name, onLapse, kind, awaited) => {
    const claim = { ...claimOf(), lease: 60 * DAY, keep: 60 * DAY, onLapse };
    const { fence } = (await store.acquire(claim)) as Acquired;
    const start = `${fence + 60 * DAY * 1000} ${fence} ${fence} 1 v1:fingerprint scope`;
    const made = (await valueOf(claim.id))!;
    // Behind the token is a name of the call that took the lease.
    const [, call] = /\n([\w-]+\.[\w-]+) /.exec(made)!;
    expect(call!.split('.')[0]).toBe(claim.token);
    const rest = `${call} Orders.create%20POST%20/orders\n`;
    expect(made).toBe(`i1 ${kind} ${start}\n${rest}`);
    const ttl = await redis.pttl(keyOf(claim.id));
    await store.acquire({ ...claim, waiting: true });
    expect(await valueOf(claim.id)).toBe(`i1 ${awaited} ${start}\n${rest}`);
    expect(await redis.pttl(keyOf(claim.id))).toBeLessThanOrEqual(ttl);
  });

  it('uncertain: kept for ever, also when its lease was renewed, until it is settled', async () => {
    const { claim, ref } = await begin(store, strict);
    const ttl = () => redis.pttl(keyOf(claim.id));
    expect(await ttl()).toBe(-1);
    await store.extend(ref, HOUR, HOUR);
    expect(await ttl()).toBe(-1);
    await store.release(ref, 'unknown');
    expect(await ttl()).toBe(-1);
    await store.complete(ref, RESPONSE, KEPT);
    expect(await ttl()).toBeGreaterThan(0);
  });

  it('released without knowing: what runs again is kept as long as before', async () => {
    const { claim, ref } = await begin(store, { keep: 60 * DAY });
    await store.release(ref, 'unknown');
    expect(await redis.pttl(keyOf(claim.id))).toBeGreaterThan(59 * DAY);
  });

  it('effects: behind the lines, each with its bytes, and how long to keep the record when it is not uncertain', async () => {
    const { claim, ref } = await begin(store, { keep: 60 * DAY });
    const lines = (await valueOf(claim.id))!;
    await store.recordEffect(ref, { name: 'charge' }, 'rerun');
    await store.recordEffect(ref, { name: 'mail:ann', result: Buffer.from('a\nb') }, 'uncertain');
    expect(await redis.pttl(keyOf(claim.id))).toBe(-1);
    const [made, says, keep, ...effects] = (await valueOf(claim.id))!.split('\n');
    expect(`${made}\n${says}\n`).toBe(lines.replace('i1 r', 'i1 u+'));
    expect(Number(keep)).toBeGreaterThan(59 * DAY);
    expect(effects).toEqual(['charge -', '', 'mail:ann 3', 'a', 'b', '']);
    await store.release(ref, 'unknown');
    await store.recordEffect(ref, { name: 'charge', result: Buffer.alloc(0) }, 'rerun');
    expect(await valueOf(claim.id)).toMatch(/\n\d+\ncharge 0\n\nmail:ann 3\na\nb\n$/);
    expect(await redis.pttl(keyOf(claim.id))).toBeGreaterThan(59 * DAY);
    await store.extend(ref, HOUR, HOUR);
    expect(await redis.pttl(keyOf(claim.id))).toBeLessThanOrEqual(HOUR);
  });

  it.each(['x', '9', '9\n', '9\ncharge', '9\ncharge 5\nfour\n', '9\ncharge 1-2\n\n', '9\ncharge -\n\nx'])(
    'effects: %j behind the lines is no such thing, and is left alone',
    async (tail) => {
      const { claim, ref } = await begin(store);
      const value = `${await valueOf(claim.id)}${tail}`;
      await redis.set(keyOf(claim.id), value);
      await expect(store.acquire(claim)).rejects.toMatchObject({ code: 'IDEMPOTENCY_RECORD_UNREADABLE' });
      await expect(store.recordEffect(ref, { name: 'a' }, 'rerun')).rejects.toMatchObject({
        code: 'IDEMPOTENCY_RECORD_UNREADABLE',
      });
      expect(await valueOf(claim.id)).toBe(value);
    },
  );

  it('completed: length and checksum of the response, fence, attempt, fingerprint, scope, the response', async () => {
    const { claim, ref } = await begin(store);
    await store.complete(ref, Buffer.from('{"id":1}'), { response: HOUR, tombstone: HOUR });
    const checksum = crc32('{"id":1}').toString(16);
    expect(await valueOf(claim.id)).toBe(`i1 c 8 ${checksum} ${ref.fence} 1 v1:fingerprint scope\n{"id":1}`);
    expect(await redis.get(`${keyOf(claim.id)}t`)).toBe('i1 t v1:fingerprint scope\n');
  });

  it('resolved: the note at the end of the first line, until the response ends', async () => {
    const { claim, ref } = await begin(store, strict);
    await store.release(ref, 'unknown');
    await store.resolve(ref, { as: 'not-applied', keep: 2 * DAY, note: NOTE });
    expect(await valueOf(claim.id)).toMatch(
      new RegExp(`^i1 n \\d+ ${ref.fence} \\d+ 1 v1:fingerprint scope ${ENCODED}\n.*/orders\n$`),
    );
    expect(await redis.pttl(keyOf(claim.id))).toBeGreaterThan(DAY);

    const next = (await store.acquire({ ...claim, fingerprint: 'v1:other' })) as Acquired;
    expect(next).toMatchObject({ state: 'acquired', attempt: 2 });
    expect(next.fence).toBeGreaterThan(ref.fence + 1);
    expect(await valueOf(claim.id)).toMatch(
      new RegExp(`^i1 u \\d+ ${next.fence} ${next.fence} 2 v1:other scope ${ENCODED}\n.*/orders\n$`),
    );
    await store.complete({ id: claim.id, fence: next.fence }, Buffer.from('x'), KEPT);
    expect(await valueOf(claim.id)).toMatch(
      new RegExp(`^i1 c 1 \\w+ ${next.fence} 2 v1:other scope ${ENCODED}\nx$`),
    );
    expect(await store.look(claim.id)).toMatchObject({ note: NOTE, attempt: 2 });
  });

  it('a fence is the server’s time in µs, or one more than the fence before when that is later', async () => {
    const [seconds] = await redis.time();
    const { claim, ref } = await begin(store);
    expect(Math.abs(ref.fence / 1e6 - seconds!)).toBeLessThan(60);

    const future = 2 ** 53 - 1000;
    const rest = `${claim.fingerprint} scope\ntoken operation\n`;
    await redis.set(keyOf(claim.id), `i1 r 5 4 ${future} 41 ${rest}`);
    expect(await store.acquire(claim)).toEqual({ state: 'acquired', fence: future + 1, attempt: 42 });
    expect(await store.extend({ id: claim.id, fence: future + 1 }, HOUR, HOUR)).toBe('held');
    expect(await valueOf(claim.id)).toMatch(
      new RegExp(`^i1 r \\d{16} \\d{16} ${future + 1} 42 v1:fingerprint `),
    );

    await redis.set(keyOf(claim.id), `i1 u 5 4 ${future} 41 ${rest}`);
    await store.resolve({ id: claim.id, fence: future }, { as: 'not-applied', keep: HOUR, note: 'n' });
    expect(await valueOf(claim.id)).toMatch(new RegExp(`^i1 n 5 4 ${future + 1} 41 `));
  });

  it.each(['a', 'GET /a?b=%20&c=1+1 "x" {y} \\ ^ | ~', '%', '100% sure'])(
    'the operation %j comes back as it was',
    async (operation) => {
      const { claim } = await begin(store, { operation });
      expect(await store.look(claim.id)).toMatchObject({
        operation,
        runningFor: expect.any(Number) as number,
      });
    },
  );
});

import { IDEMPOTENCY_DEFAULTS, type IdempotentOptions } from 'nestjs-idempotency';
import { PLATFORMS } from '../support/create-app.js';
import { Till } from './guarantees.till.js';

const TTL = 60_000;
const TOMBSTONE = 600_000;

describe.each(PLATFORMS)('a key whose answer is gone on %s', (platform) => {
  let till: Till;
  const open = async (route: IdempotentOptions) => {
    till = await Till.open(platform, { route });
  };
  afterEach(() => till.close());

  it('is refused, and not run again', async () => {
    await open({ ttl: TTL, tombstone: TOMBSTONE });
    expect((await till.pay('k')).status).toBe(201);
    till.clock.advance(TTL - 1);
    expect((await till.pay('k')).replayed).toBe(true);
    till.clock.advance(1);
    for (let retries = 0; retries < 2; retries++) {
      const retry = await till.pay('k');
      expect(retry.status).toBe(409);
      expect(retry.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(retry.headers.has('retry-after')).toBe(false);
      expect(retry.json).toEqual({
        type: 'nestjs-idempotency/docs/errors.md#idempotency_key_expired',
        title: 'Idempotency key expired',
        status: 409,
        detail: expect.stringMatching(/Nothing was executed/),
        code: 'IDEMPOTENCY_KEY_EXPIRED',
      });
    }
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['recorded', 'replayed', 'expired', 'expired']);
  });

  it('is a new key when it is forgotten, too', async () => {
    await open({ ttl: TTL, tombstone: TOMBSTONE });
    await till.pay('k');
    till.clock.advance(TTL + TOMBSTONE - 1);
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
    till.clock.advance(1);
    const retry = await till.pay('k');
    expect([retry.status, retry.json, retry.replayed]).toEqual([201, { run: 2 }, false]);
    expect(till.runs.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('is remembered for 7 days without an option', async () => {
    await open({});
    await till.pay('k');
    till.clock.advance(IDEMPOTENCY_DEFAULTS.ttl + 7 * 86_400_000 - 1);
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
    till.clock.advance(1);
    expect((await till.pay('k')).json).toEqual({ run: 2 });
  });

  it.each([false, 0] as const)('is a new key at once with tombstone: %s', async (tombstone) => {
    await open({ ttl: TTL, tombstone });
    await till.pay('k');
    till.clock.advance(TTL);
    expect((await till.pay('k')).json).toEqual({ run: 2 });
    expect(till.outcomes).toEqual(['recorded', 'recorded']);
  });

  it('[B18] answers another question with 422 first', async () => {
    await open({ ttl: TTL, tombstone: TOMBSTONE });
    await till.pay('k');
    till.clock.advance(TTL);
    const other = await till.pay('k', { json: { amount: 2 } });
    expect([other.status, other.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['recorded', 'mismatch']);
  });

  it("[B8] is somebody else's new key", async () => {
    await open({ ttl: TTL, tombstone: TOMBSTONE });
    await till.pay('k', { user: 'alice' });
    till.clock.advance(TTL);
    expect((await till.pay('k', { user: 'bob' })).json).toEqual({ run: 2 });
    expect((await till.pay('k', { user: 'alice' })).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
  });

  it('is seen by operators, without its answer, and forgotten with its caller', async () => {
    await open({ ttl: TTL, tombstone: TOMBSTONE });
    await till.pay('k', { user: 'alice' });
    await till.pay('k', { user: 'bob' });
    till.clock.advance(TTL);
    const { reference } = till.runs[0]!;
    expect(await till.service.look(reference)).toEqual({ reference, state: 'expired', endsIn: TOMBSTONE });
    expect((await till.service.list({ states: ['expired'] })).records).toHaveLength(2);
    expect(await till.service.erase({ user: 'alice' })).toEqual({ erased: 1, running: 0 });
    expect((await till.pay('k', { user: 'alice' })).json).toEqual({ run: 3 });
    expect((await till.pay('k', { user: 'bob' })).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
  });

  it('is told so while waiting is allowed, at once', async () => {
    await open({ ttl: TTL, tombstone: TOMBSTONE, wait: 60_000 });
    await till.pay('k');
    till.clock.advance(TTL);
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
  });

  it('[B61] is refused for a job as well', async () => {
    await open({});
    const mail = { operation: 'mail', ttl: TTL, tombstone: TOMBSTONE };
    let runs = 0;
    const job = () => till.service.run('m', () => ++runs, mail);
    expect([await job(), await job()]).toEqual([1, 1]);
    till.clock.advance(TTL);
    await expect(job()).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_EXPIRED' });
    till.clock.advance(TOMBSTONE);
    expect(await job()).toBe(2);
    expect(till.outcomes).toEqual(['recorded', 'replayed', 'expired', 'recorded']);
  });

  it('[B61] is a new key for a job with tombstone: false', async () => {
    await open({});
    let runs = 0;
    const job = () => till.service.run('m', () => ++runs, { operation: 'mail', ttl: TTL, tombstone: false });
    expect(await job()).toBe(1);
    till.clock.advance(TTL);
    expect(await job()).toBe(2);
  });
});

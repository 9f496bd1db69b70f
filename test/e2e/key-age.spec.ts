import { IDEMPOTENCY_DEFAULTS, MemoryStore, type IdempotentOptions } from 'nestjs-idempotency';
import { PLATFORMS } from '../support/create-app.js';
import { CountingStore } from '../support/counting-store.js';
import { Till } from './guarantees.till.js';

const HOUR = 3_600_000;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const uuid7 = (time: number) => {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-9def-0123456789ab`;
};
const ulid = (time: number) => {
  let text = '';
  for (let i = 0, rest = time; i < 10; i++, rest = Math.floor(rest / 32)) text = CROCKFORD[rest % 32] + text;
  return `${text}0123456789ABCDEF`;
};
const KINDS = [
  ['a UUIDv7', uuid7],
  ['a UUIDv7 in capitals', (time: number) => uuid7(time).toUpperCase()],
  ['a ULID', ulid],
  ['a ULID in small letters', (time: number) => ulid(time).toLowerCase()],
] as const;
const TIMELESS = ['order-1', '8e03978e-40d5-43e8-bc93-6894a57f9324', '0123456789ABCDEFGHJKMNPQRSU'];

describe.each(PLATFORMS)('the age of a key on %s', (platform) => {
  let till: Till;
  let counting: CountingStore;
  const open = async (route: IdempotentOptions) => {
    counting = new CountingStore();
    till = await Till.open(platform, { route, store: counting });
  };
  afterEach(() => till.close());

  it.each(KINDS)('refuses %s of which nothing is remembered, without a store call', async (_, make) => {
    await open({ keyAge: 'check', ttl: HOUR, tombstone: HOUR });
    const answer = await till.pay(make(Date.now() - 2 * HOUR - 60_000));
    expect([answer.status, answer.json.code]).toEqual([409, 'IDEMPOTENCY_KEY_EXPIRED']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(counting.calls).toEqual([]);
    expect(till.runs).toHaveLength(0);
  });

  it.each(KINDS)('accepts %s that would still be remembered, and replays it', async (_, make) => {
    await open({ keyAge: 'require', ttl: HOUR, tombstone: HOUR });
    const key = make(Date.now() - 2 * HOUR + 60_000);
    expect((await till.pay(key)).status).toBe(201);
    expect((await till.pay(key)).replayed).toBe(true);
    expect(till.runs).toHaveLength(1);
  });

  it.each(KINDS)('excuses %s from a clock that is a little ahead, no more', async (_, make) => {
    await open({ keyAge: 'check', ttl: HOUR });
    expect((await till.pay(make(Date.now() + 240_000))).status).toBe(201);
    const answer = await till.pay(make(Date.now() + HOUR));
    expect([answer.status, answer.json.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    expect(answer.json.detail).toMatch(/future/);
    expect(till.runs).toHaveLength(1);
  });

  it.each(TIMELESS)("does not matter for %s with 'check'", async (key) => {
    await open({ keyAge: 'check', ttl: HOUR });
    expect((await till.pay(key)).status).toBe(201);
    expect((await till.pay(key)).replayed).toBe(true);
  });

  it.each(TIMELESS)("has to be known with 'require': 400 for %s, without a store call", async (key) => {
    await open({ keyAge: 'require', ttl: HOUR });
    const answer = await till.pay(key);
    expect([answer.status, answer.json.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    expect(answer.json.detail).toMatch(/UUID of version 7, or a ULID/);
    expect(counting.calls).toEqual([]);
    expect(till.runs).toHaveLength(0);
  });

  it('does not matter without the option', async () => {
    await open({ ttl: HOUR });
    expect((await till.pay(uuid7(Date.now() - 10 * HOUR))).status).toBe(201);
    expect((await till.pay(ulid(Date.now() + 10 * HOUR))).status).toBe(201);
  });

  it('is looked at in a quoted key, and in one from somewhere else', async () => {
    await open({ keyAge: 'check', ttl: HOUR, tombstone: false });
    const old = uuid7(Date.now() - 2 * HOUR);
    expect((await till.pay(`"${old}"`)).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
    await till.close();
    await open({ keyAge: 'check', ttl: HOUR, tombstone: false, key: () => old });
    expect((await till.pay('young')).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
  });

  it('is an option of the module, too, with its ttl and tombstone', async () => {
    till = await Till.open(platform, { module: { keyAge: 'check' } });
    const age = IDEMPOTENCY_DEFAULTS.ttl + IDEMPOTENCY_DEFAULTS.tombstone;
    expect((await till.pay(uuid7(Date.now() - age - 60_000))).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
    expect((await till.pay(uuid7(Date.now() - age + 60_000))).status).toBe(201);
  });

  it('keeps a key from running again when nothing is left of it, not even a tombstone', async () => {
    const route = { keyAge: 'check', ttl: HOUR, tombstone: false } as const;
    till = await Till.open(platform, { route, store: new MemoryStore() });
    const key = uuid7(Date.now() - HOUR - 1);
    expect((await till.pay(key)).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
    expect(till.runs).toHaveLength(0);
  });

  describe('under at-most-once', () => {
    const strict = { keyAge: 'check', guarantee: 'at-most-once' } as const;
    const route: IdempotentOptions = { ...strict, ttl: HOUR, tombstone: false };
    const old = uuid7(Date.now() - 24 * HOUR);

    it('asks the store about an old key, and refuses it when nothing is known', async () => {
      await open(route);
      expect((await till.pay(old)).json.code).toBe('IDEMPOTENCY_KEY_EXPIRED');
      expect(counting.calls).toEqual(['look']);
      expect(till.runs).toHaveLength(0);
    });

    it('tells of an old key that is uncertain, running or answered', async () => {
      await open({ ...route, ttl: 48 * HOUR });
      const reference = await till.leaveUncertain(old);
      const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 48 * HOUR);
      try {
        expect((await till.pay(old)).json).toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN', reference });
        const response = { status: 201, body: { charge: 'ch_1' } };
        await till.service.resolve(reference, { as: 'completed', response, by: 'alice', why: 'seen there' });
        const retry = await till.pay(old);
        expect([retry.status, retry.replayed, retry.json]).toEqual([201, true, { charge: 'ch_1' }]);
      } finally {
        later.mockRestore();
      }
    });
  });

  it('is asked for by one of three words', async () => {
    await open({});
    const wrong = Till.open(platform, { route: { keyAge: true as never } });
    await expect(wrong).rejects.toThrow(/keyAge.*'check', 'require' or false/);
  });
});

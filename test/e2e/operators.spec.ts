import type {
  IdempotencyRecord,
  IdempotencyService,
  ListOptions,
  RecordResolution,
} from 'nestjs-idempotency';
import { openStore, PLATFORMS_AND_STORES } from '../support/fault-stores.js';
import { Till } from './guarantees.till.js';

const BY = { by: 'alice@example.org', why: 'asked the provider' };
const USER = 'customer-4711';
const KEY = 'intent-0815';

describe.each(PLATFORMS_AND_STORES)('an operator, on %s with %s', (platform, storeName) => {
  let till: Till;
  let closeStore: () => Promise<void>;
  let service: IdempotencyService;

  beforeEach(async () => {
    const { store, close } = openStore(storeName);
    closeStore = close;
    till = await Till.open(platform, { store, route: { guarantee: 'at-most-once' } });
    service = till.service;
  });
  afterEach(async () => {
    await till.close();
    await closeStore();
  });

  const all = async (options: ListOptions = {}) => {
    const records: IdempotencyRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await service.list({ ...options, ...(cursor && { cursor }) });
      records.push(...page.records);
      cursor = page.next;
    } while (cursor);
    return records;
  };

  describe('looks at', () => {
    it('an uncertain record by the reference that clients are told', async () => {
      const reference = await till.leaveUncertain(KEY, USER);
      const told = (await till.pay(KEY, { user: USER })).json.reference;
      expect(told).toBe(reference);
      const record = await service.look(told);
      expect(record).toEqual({
        reference,
        state: 'uncertain',
        operation: 'TillController.pay',
        attempt: 1,
        runningFor: expect.any(Number),
        leaseRemaining: 0,
      });
    });

    it('a completed one with its answer', async () => {
      const { bytes } = await till.pay(KEY, { user: USER });
      const record = await service.look(till.reference);
      expect(record).toMatchObject({ state: 'completed', endsIn: expect.any(Number) });
      expect(record!.response).toMatchObject({ status: 201, kept: true });
      expect(Buffer.from(record!.response!.body)).toEqual(bytes);
    });

    it('one that runs', async () => {
      const held = await till.keepRunning(KEY, USER);
      const record = await service.look(till.reference);
      expect(record).toMatchObject({ state: 'in-progress', operation: 'TillController.pay', attempt: 1 });
      expect(record!.leaseRemaining).toBeGreaterThan(0);
      await held.end();
    });

    it.each(['', 'nothing-there', 'A'.repeat(43), '../*', '{}', 'a b', 'k'.repeat(65), 42, undefined])(
      'nothing where there is nothing: %p',
      async (reference) => {
        expect(await service.look(reference as string)).toBeUndefined();
        expect(await service.resolve(reference as string, { as: 'not-applied', ...BY })).toEqual({
          resolved: false,
        });
      },
    );
  });

  it('finds what became of a key, on every operation and of one caller only', async () => {
    await till.pay(KEY, { user: USER });
    await till.pay(KEY, { user: 'somebody else' });
    await till.pay('another', { user: USER });
    await service.run(KEY, () => 'done', { operation: 'mail' });
    const found = await service.find(KEY, { user: USER });
    expect(found.map(({ state, response }) => [state, response?.status])).toEqual([['completed', 201]]);
    expect(found[0]!.reference).toBe(till.runs[0]!.reference);
    expect(await service.find(KEY, 'public')).toHaveLength(1);
    expect(await service.find(KEY, { tenant: USER })).toEqual([]);
    expect(await service.find('no such key', { user: USER })).toEqual([]);
  });

  it('lists what is uncertain, what runs, what is a caller’s, a page at a time', async () => {
    const references = [
      await till.leaveUncertain('u1', USER),
      await till.leaveUncertain('u2', USER),
      await till.leaveUncertain('u3', 'bob'),
    ];
    await till.pay('c1', { user: USER });
    const held = await till.keepRunning('r1', USER);
    const listed = async (options: ListOptions) =>
      (await all(options)).map(({ reference }) => reference).sort();

    expect(await listed({ states: ['uncertain'] })).toEqual([...references].sort());
    expect(await listed({ states: ['uncertain'], limit: 1 })).toEqual([...references].sort());
    expect(await listed({ states: ['uncertain'], scope: { user: 'bob' } })).toEqual([references[2]]);
    expect(await listed({ states: ['in-progress'] })).toEqual([till.reference]);
    expect(await listed({ states: ['in-progress'], runningFor: 3_600_000 })).toEqual([]);
    expect(await listed({ scope: { user: USER } })).toHaveLength(4);
    expect(await listed({})).toHaveLength(5);
    expect(await listed({ scope: { user: 'nobody' } })).toEqual([]);
    await held.end();
  });

  it('is refused a list of nothing that exists', async () => {
    for (const wrong of [
      { limit: 0 },
      { limit: 1.5 },
      { limit: 1_001 },
      { states: [] },
      { states: ['lost'] },
    ]) {
      await expect(Promise.resolve().then(() => service.list(wrong as ListOptions))).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFIGURATION',
      });
    }
    for (const wrong of ['alice', {}, { user: '' }, { user: 'a', tenant: 'b' }, { team: 'a' }, null]) {
      const list = Promise.resolve().then(() => service.list({ scope: wrong as never }));
      await expect(list).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFIGURATION' });
      const erase = Promise.resolve().then(() => service.erase(wrong as never));
      await expect(erase).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFIGURATION' });
    }
  });

  it('[B66] sees neither keys nor users anywhere', async () => {
    await till.leaveUncertain(KEY, USER);
    await till.pay('another-intent', { user: USER });
    const shown = JSON.stringify([
      await all(),
      await service.look(till.reference),
      await service.find(KEY, { user: USER }),
      till.events,
    ]);
    expect(shown).not.toMatch(/intent|customer|4711|0815/);
  });

  it('erases everything of one caller, and nothing of another', async () => {
    await till.pay('c', { user: USER });
    await till.pay('c', { user: 'bob' });
    await till.leaveUncertain('u', USER);
    const held = await till.keepRunning('r', USER);
    expect(await service.erase({ user: USER })).toEqual({ erased: 2, running: 1 });
    await held.end();
    expect(await service.erase({ user: USER })).toEqual({ erased: 1, running: 0 });
    expect(await service.erase({ user: USER })).toEqual({ erased: 0, running: 0 });
    expect(await all({ scope: { user: USER } })).toEqual([]);
    const executions = till.runs.length;
    expect((await till.pay('c', { user: 'bob' })).replayed).toBe(true);
    expect((await till.pay('c', { user: USER })).replayed).toBe(false);
    expect(till.runs).toHaveLength(executions + 1);
  });

  it('erases what is more than a page, all of it', async () => {
    const jobs = Array.from({ length: 1_200 }, (_, i) =>
      service.run(`k${i}`, () => i, { operation: 'mail', scope: i % 6 === 0 ? 'other' : 'mine' }),
    );
    await Promise.all(jobs);
    expect(await service.erase({ custom: 'mine' })).toEqual({ erased: 1_000, running: 0 });
    expect(await all({ scope: { custom: 'mine' } })).toEqual([]);
    expect(await all({ scope: { custom: 'other' }, limit: 1_000 })).toHaveLength(200);
  });

  it('is told when the store does not answer', async () => {
    const reference = await till.leaveUncertain(KEY, USER);
    const code = 'IDEMPOTENCY_STORE_UNAVAILABLE';
    till.store.fail('look');
    await expect(service.look(reference)).rejects.toMatchObject({ code });
    till.store.fail('list', { times: 3 });
    await expect(service.list()).rejects.toMatchObject({ code });
    await expect(service.find(KEY, { user: USER })).rejects.toMatchObject({ code });
    await expect(service.erase({ user: USER })).rejects.toMatchObject({ code });
    till.store.fail('resolve', { replyLost: true });
    const resolution: RecordResolution = { as: 'completed', response: { body: 1 }, ...BY };
    await expect(service.resolve(reference, resolution)).rejects.toMatchObject({ code });
    // It happened all the same: asking again says so.
    expect(await service.resolve(reference, resolution)).toMatchObject({
      resolved: false,
      record: { state: 'completed', resolution: { by: BY.by } },
    });
  });
});

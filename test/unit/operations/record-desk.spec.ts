import { StoreGateway } from '../../../lib/engine/store-gateway.js';
import { Keyring } from '../../../lib/http/keyring.js';
import { RecordDesk } from '../../../lib/operations/record-desk.js';
import type { RecordState } from '../../../lib/store/idempotency-store.js';
import { throws } from '../../support/fault-store.js';
import { ALICE, KEPT, NOT_APPLIED, BODY, Desk, referencesOf } from './desk-harness.js';

describe('a note that somebody gave to the store by himself', () => {
  it.each(['by hand', '7', 'null', '"text"', '{"by":"bob"}'])('%s hides no record', async (note) => {
    const desk = new Desk();
    const ref = await desk.uncertain('k');
    await desk.store.resolve(ref, { as: 'not-applied', keep: 1_000, note });
    await desk.uncertain('other');
    const { records } = await desk.desk.list();
    expect(records.map(({ state }) => state).sort()).toEqual(['not-applied', 'uncertain']);
    expect(await desk.desk.look(ref.id)).not.toHaveProperty('resolution');
  });
});

describe('a cursor that is not the next of a page', () => {
  it.each(['0', 'a.b.c', '', '-1', '1e3'])('%p is a mistake, not an outage', async (cursor) => {
    await expect(new Desk().desk.list({ cursor })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFIGURATION',
    });
  });

  it('is not what a store that is down complains of', async () => {
    const desk = new Desk();
    desk.store.inject('list', throws());
    await expect(desk.desk.list({ cursor: '1' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_STORE_UNAVAILABLE',
    });
  });
});

describe('a look at a record', () => {
  it('shows an attempt that runs', async () => {
    const desk = new Desk();
    const { id } = await desk.claim('k');
    desk.clock.advance(400);
    expect(await desk.desk.look(id)).toEqual({
      reference: id,
      state: 'in-progress',
      operation: 'Orders.pay',
      attempt: 1,
      runningFor: 400,
      leaseRemaining: 600,
    });
  });

  it('shows the answer, on bytes of its own', async () => {
    const desk = new Desk();
    const { id } = await desk.completed('k');
    const details = await desk.desk.look(id);
    expect(details).toEqual({
      reference: id,
      state: 'completed',
      attempt: 1,
      endsIn: KEPT.response,
      response: { status: 201, headers: [['x-a', ['1', '2']]], body: new Uint8Array(BODY), kept: true },
    });
    details!.response!.body.fill(0);
    expect((await desk.desk.look(id))!.response!.body).toEqual(new Uint8Array(BODY));
  });

  it('[B66] shows neither key nor caller, fingerprint, fence or token', async () => {
    const desk = new Desk();
    const { id } = await desk.claim('the-key');
    expect(Object.keys((await desk.desk.look(id))!)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/key|scope|user|fingerprint|fence|token/)]),
    );
    expect(JSON.stringify(await desk.desk.look(id))).not.toMatch(/the-key|alice|question/);
  });

  it('[B51] at a damaged answer fails', async () => {
    const desk = new Desk();
    const ref = await desk.claim('k');
    await desk.store.complete(ref, Uint8Array.of(1, 2, 3), KEPT);
    await expect(desk.desk.look(ref.id)).rejects.toMatchObject({ code: 'IDEMPOTENCY_RECORD_UNREADABLE' });
  });

  it.each(['', 'x'.repeat(65), 'a b', '*', 'a/b', '../x', undefined, null, 42, {}])(
    'at %p, which is no reference, asks no store',
    async (reference) => {
      const { desk, store } = new Desk();
      expect(await desk.look(reference as string)).toBeUndefined();
      expect(store.calls.look).toBe(0);
    },
  );

  it('at what is not there shows nothing', async () => {
    expect(await new Desk().desk.look('unknown')).toBeUndefined();
  });
});

describe('finding the records of a key', () => {
  it('finds one for each operation, and none of other keys, callers or kinds of callers', async () => {
    const desk = new Desk();
    const refs = [
      await desk.completed('k', ALICE, 'Orders.pay'),
      await desk.uncertain('k', ALICE, 'Orders.cancel'),
      await desk.claim('k', ALICE, 'Payouts.send'),
    ];
    await desk.claim('other');
    for (const scope of [{ user: 'bob' }, { tenant: 'alice' }, { custom: 'alice' }, 'public'] as const)
      await desk.claim('k', scope);
    const found = await desk.desk.find('k', ALICE);
    expect(referencesOf(found)).toEqual(refs.map(({ id }) => id).sort());
    expect(found.map(({ state }) => state).sort()).toEqual(['completed', 'in-progress', 'uncertain']);
    expect(found.filter(({ response }) => response)).toHaveLength(1);
  });

  it('[B51] shows what became of the key elsewhere, where one answer is damaged', async () => {
    const desk = new Desk();
    const damaged = await desk.claim('k', ALICE, 'A');
    await desk.store.complete(damaged, Uint8Array.of(1, 2, 3), KEPT);
    const fine = await desk.completed('k', ALICE, 'B');
    const found = await desk.desk.find('k', ALICE);
    expect(referencesOf(found)).toEqual([damaged.id, fine.id].sort());
    expect(found.filter(({ response }) => response).map(({ reference }) => reference)).toEqual([fine.id]);
  });

  it('finds a caller whose id is a number', async () => {
    const desk = new Desk();
    const { id } = await desk.claim('k', { user: 42 });
    expect(referencesOf(await desk.desk.find('k', { user: '42' }))).toEqual([id]);
  });

  it('leaves out a record that went in between', async () => {
    const desk = new Desk();
    const { id } = await desk.completed('k');
    desk.store.inject('look', async (work) => {
      await desk.store.remove(id);
      return work();
    });
    expect(await desk.desk.find('k', ALICE)).toEqual([]);
  });

  it('refuses a scope that is none', async () => {
    await expect(new Desk().desk.find('k', 'alice' as never)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFIGURATION',
    });
  });
});

describe('a list of records', () => {
  async function allOf(desk: RecordDesk, options: Parameters<RecordDesk['list']>[0]) {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { records, next } = await desk.list({ ...options, ...(cursor && { cursor }) });
      pages.push(referencesOf(records));
      cursor = next;
    } while (cursor);
    return pages;
  }

  it('comes in pages that hold everything once', async () => {
    const desk = new Desk();
    const ids: string[] = [];
    for (let i = 0; i < 25; i++) ids.push((await desk.claim(`k${i}`)).id);
    const pages = await allOf(desk.desk, { limit: 10 });
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(10);
    expect(pages.flat().sort()).toEqual(ids.sort());
    expect((await desk.desk.list()).records).toHaveLength(25);
  });

  it('has a hundred records unless asked for others', async () => {
    const desk = new Desk();
    for (let i = 0; i < 101; i++) await desk.claim(`k${i}`);
    const { records, next } = await desk.desk.list();
    expect(records).toHaveLength(100);
    expect(next).toEqual(expect.any(String));
  });

  it('has the states that are asked for', async () => {
    const desk = new Desk();
    const ids: Record<RecordState, string> = {} as never;
    ids.expired = (await desk.completed('e')).id;
    desk.clock.advance(KEPT.response);
    ids['in-progress'] = (await desk.claim('i')).id;
    ids.completed = (await desk.completed('c')).id;
    ids.uncertain = (await desk.uncertain('u')).id;
    ids['not-applied'] = (await desk.uncertain('n')).id;
    await desk.desk.resolve(ids['not-applied'], NOT_APPLIED);
    for (const [state, id] of Object.entries(ids) as [RecordState, string][]) {
      const { records } = await desk.desk.list({ states: [state] });
      expect(records.map((record) => [record.reference, record.state])).toEqual([[id, state]]);
    }
    expect((await desk.desk.list({ states: ['uncertain', 'completed'] })).records).toHaveLength(2);
  });

  it('has those of a scope, under every secret that is known', async () => {
    const secrets = ['the first secret of all', 'the second secret of all'];
    const before = new Desk(new Keyring([secrets[0]!]));
    const { id } = await before.claim('k');
    await before.claim('k', { user: 'bob' });
    const after = new RecordDesk(
      new StoreGateway(before.store, 1_000),
      new Keyring([secrets[1]!, secrets[0]!]),
      before.defaults,
    );
    expect(referencesOf((await after.list({ scope: ALICE })).records)).toEqual([id]);
  });

  it('has those that run for long', async () => {
    const desk = new Desk();
    const { id } = await desk.claim('old', ALICE, 'A', { lease: 60_000, keep: 60_000 });
    await desk.completed('done');
    desk.clock.advance(500);
    await desk.claim('new');
    expect(referencesOf((await desk.desk.list({ runningFor: 500 })).records)).toEqual([id]);
  });

  it.each([
    [{ limit: 0 }, /limit/],
    [{ limit: 1_001 }, /limit/],
    [{ limit: 1.5 }, /limit/],
    [{ limit: '10' }, /limit/],
    [{ states: [] }, /states/],
    [{ states: ['done'] }, /states/],
    [{ states: ['uncertain', 'Completed'] }, /states/],
    [{ scope: { user: '' } }, /scope/],
  ])('is refused with %p', async (options, message) => {
    const { desk, store } = new Desk();
    await expect(desk.list(options as never)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFIGURATION',
      message: expect.stringMatching(message),
    });
    expect(store.calls.list).toBe(0);
  });

  it('[B48] fails when the store does', async () => {
    const { desk, store } = new Desk();
    store.inject('list', throws());
    await expect(desk.list()).rejects.toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
  });
});

// What both SQL stores do beyond the contract.
import type { PostgresStore } from '../../lib/store/postgres/index.js';
import { begin, claimOf, HOUR, KEPT, RESPONSE } from './redis-round-trip.js';

type SqlStore = Pick<
  PostgresStore,
  Exclude<keyof PostgresStore, 'completeWithin' | 'migrate' | 'migrations' | 'purge' | 'watch'>
>;

const bytes = new Uint8Array([0, 255, 39, 34, 92]);

/** Declares tests of `recordEffect`. */
export function describeEffects(open: () => SqlStore): void {
  const effectsOf = async (store: SqlStore, claim: Parameters<SqlStore['acquire']>[0]) =>
    (await store.acquire(claim)) as { state: string; effects?: unknown };

  it('effects survive a takeover in the order in which they were marked, and a result replaces a mark', async () => {
    const store = open();
    const { claim, ref } = await begin(store);
    for (const name of ['reserve', 'a', 'charge', 'mail.to:x_Y-1']) {
      expect(await store.recordEffect(ref, { name }, 'rerun')).toBe('recorded');
    }
    await store.recordEffect(ref, { name: 'a', result: bytes }, 'rerun');
    await store.recordEffect(ref, { name: 'charge', result: new Uint8Array() }, 'rerun');
    await store.release(ref, 'unknown');
    const expected = [
      { name: 'reserve' },
      { name: 'a', result: bytes },
      { name: 'charge', result: new Uint8Array() },
      { name: 'mail.to:x_Y-1' },
    ];
    const second = await effectsOf(store, claim);
    expect(second).toMatchObject({ state: 'acquired', attempt: 2 });
    expect(second.effects).toEqual(expected);
    await store.release({ id: claim.id, token: claim.token }, 'unknown');
    expect((await effectsOf(store, claim)).effects).toEqual(expected);
  });

  it('keeps 64 effects and 256 KiB of results', async () => {
    const store = open();
    const { claim, ref } = await begin(store);
    const result = new Uint8Array(4096).fill(255);
    for (let i = 0; i < 64; i++) await store.recordEffect(ref, { name: `${i}`, result }, 'rerun');
    await store.release(ref, 'unknown');
    const { effects } = await effectsOf(store, claim);
    expect(effects).toEqual(Array.from({ length: 64 }, (_, i) => ({ name: `${i}`, result })));
  });

  it('effects are gone after a release of nothing, a completion and a resolution', async () => {
    const store = open();
    const marked = async (claim = claimOf()) => {
      const begun = await begin(store, { ...claim, onLapse: 'uncertain' });
      await store.recordEffect(begun.ref, { name: 'charge' }, 'uncertain');
      return begun;
    };
    const released = await marked();
    await store.release(released.ref, 'nothing');
    expect(await effectsOf(store, released.claim)).not.toHaveProperty('effects');
    const resolved = await marked();
    await store.release(resolved.ref, 'unknown');
    await store.resolve(resolved.ref, { as: 'not-applied', keep: HOUR, note: 'n' });
    expect(await effectsOf(store, resolved.claim)).not.toHaveProperty('effects');
    const completed = await marked();
    await store.complete(completed.ref, RESPONSE, KEPT);
    expect(await store.recordEffect(completed.ref, { name: 'late' }, 'rerun')).toBe('lost');
  });

  it('only the owner records an effect', async () => {
    const store = open();
    const { claim, ref } = await begin(store);
    await store.release(ref, 'unknown');
    expect(await store.recordEffect(ref, { name: 'late' }, 'rerun')).toBe('recorded');
    await store.acquire(claim);
    expect(await store.recordEffect(ref, { name: 'stale' }, 'uncertain')).toBe('lost');
    expect(await store.recordEffect({ id: claimOf().id, fence: 1 }, { name: 'x' }, 'rerun')).toBe('lost');
  });

  it('an effect decides what comes when the lease is over: uncertain once marked, free again once recorded', async () => {
    const store = open();
    const { claim, ref } = await begin(store, { keep: HOUR });
    await store.recordEffect(ref, { name: 'charge' }, 'uncertain');
    await store.release(ref, 'unknown');
    expect(await store.acquire(claim)).toMatchObject({ state: 'uncertain' });
    expect(await store.look(claim.id)).not.toHaveProperty('endsIn');
    await store.recordEffect(ref, { name: 'charge', result: bytes }, 'rerun');
    expect((await store.look(claim.id))?.endsIn).toBeGreaterThan(HOUR - 60_000);
    expect(await store.acquire(claim)).toMatchObject({ state: 'acquired', attempt: 2 });
  });
}

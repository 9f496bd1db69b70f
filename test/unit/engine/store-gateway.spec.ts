import { RecordUnreadableError } from '../../../lib/errors/record-unreadable.error.js';
import { StoreGateway } from '../../../lib/engine/store-gateway.js';
import type { Claim } from '../../../lib/store/idempotency-store.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { answersLate, BROKEN, FaultStore, hangs, landsLate, throws } from '../../support/fault-store.js';
import { advance, ANSWER, fakeTime, KEPT, TIMEOUT } from './engine-harness.js';

const claim: Claim = {
  id: 'id',
  fingerprint: 'question',
  lease: 30_000,
  keep: 60_000,
  onLapse: 'rerun',
  token: 'token',
  scope: 'scope',
  operation: 'Orders.create',
};
const ref = { id: 'id', fence: 1 };
const OPERATIONS = ['acquire', 'extend', 'complete', 'release', 'look', 'resolve', 'remove'] as const;

function open() {
  const store = new FaultStore(new MemoryStore());
  const gateway = new StoreGateway(store, TIMEOUT);
  const calls = {
    acquire: () => gateway.acquire(claim),
    extend: () => gateway.extend(ref, 1, 1),
    complete: () => gateway.complete(ref, ANSWER, KEPT),
    release: () => gateway.release(ref, 'nothing'),
    look: () => gateway.look('id'),
    resolve: () => gateway.resolve(ref, { as: 'not-applied', keep: 1, note: 'note' }),
    remove: () => gateway.remove('id'),
  };
  return { store, gateway, calls };
}

describe("the engine's way to a store", () => {
  fakeTime();

  describe.each(OPERATIONS)('%s', (operation) => {
    it('[B48] answers within the store timeout when the store hangs', async () => {
      const { store, calls } = open();
      store.inject(operation, hangs);
      const outcome = calls[operation]().catch((error: unknown) => error);
      await advance(TIMEOUT);
      expect(await outcome).toMatchObject({
        code: 'IDEMPOTENCY_STORE_UNAVAILABLE',
        message: expect.stringContaining(`"${operation}" within 1000 ms`),
      });
      expect(jest.getTimerCount()).toBe(0);
    });

    it.each([
      ['rejects', throws()],
      [
        'throws',
        () => {
          throw BROKEN;
        },
      ],
    ])('tells what the store said when it %s', async (_, fault) => {
      const { store, calls } = open();
      store.inject(operation, fault);
      await expect(calls[operation]()).rejects.toMatchObject({
        code: 'IDEMPOTENCY_STORE_UNAVAILABLE',
        cause: BROKEN,
      });
      expect(jest.getTimerCount()).toBe(0);
    });

    it('passes on an error that has a code of this library', async () => {
      const { store, calls } = open();
      const error = new RecordUnreadableError('corrupt');
      store.inject(operation, throws(error));
      await expect(calls[operation]()).rejects.toBe(error);
    });

    it('forgets an error that comes after the timeout', async () => {
      const { store, calls } = open();
      const gate = new Gate();
      store.inject(operation, async () => {
        await gate.pass();
        throw BROKEN;
      });
      const outcome = calls[operation]().catch((error: unknown) => error);
      await advance(TIMEOUT);
      gate.open();
      await settle();
      expect(await outcome).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    });
  });

  it.each([
    ['lands', landsLate],
    ['is answered', answersLate],
  ])('[B25] gives back a lease when the claim %s after the timeout', async (_, fault) => {
    const { store, gateway } = open();
    const gate = new Gate();
    store.inject('acquire', fault(gate));
    const outcome = gateway.acquire(claim).catch((error: unknown) => error);
    await advance(TIMEOUT);
    expect(await outcome).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    gate.open();
    await settle();
    expect(store.calls.release).toBe(1);
    expect(await gateway.acquire(claim)).toMatchObject({ state: 'acquired', attempt: 1 });
  });

  it('[B25] leaves the record of somebody else alone when a claim lands late', async () => {
    const { store, gateway } = open();
    const gate = new Gate();
    store.inject('acquire', landsLate(gate));
    gateway.acquire(claim).catch(() => undefined);
    await advance(TIMEOUT);
    await gateway.acquire(claim);
    gate.open();
    await settle();
    expect(store.calls.release).toBe(0);
    expect(await gateway.acquire(claim)).toMatchObject({ state: 'in-progress' });
  });

  it.each([
    ['rejects', throws()],
    [
      'throws',
      () => {
        throw BROKEN;
      },
    ],
  ])('[B25] lets the lease end by itself when giving it back %s, too', async (_, fault) => {
    const { store, gateway } = open();
    const gate = new Gate();
    store.inject('acquire', answersLate(gate));
    store.inject('release', fault);
    gateway.acquire(claim).catch(() => undefined);
    await advance(TIMEOUT);
    gate.open();
    await settle();
    expect(await gateway.acquire(claim)).toMatchObject({ state: 'in-progress' });
    await advance(claim.lease);
    expect(await gateway.acquire(claim)).toMatchObject({ state: 'acquired', attempt: 2 });
  });
});

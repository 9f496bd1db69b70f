import type { IdempotentOptions } from 'nestjs-idempotency';
import type { Platform } from '../support/create-app.js';
import { Gate, settle, until } from '../support/fault-gate.js';
import { Desk, failure } from '../support/fault-desk.js';
import { answersLate, breaksAfter, hangs, landsLate, losesReply, throws } from '../support/fault-store.js';
import type { Fault } from '../support/fault-store.js';
import { PLATFORMS_AND_STORES, type StoreName } from '../support/fault-stores.js';

const TIMEOUT = 400;
const LEASE = 500;
const MODULE = { storeTimeout: TIMEOUT };

/** Each test at a desk of its own, several at a time: they spend their time waiting for timeouts. */
const at =
  (platform: Platform, storeName: StoreName, route: IdempotentOptions) =>
  <Args extends unknown[]>(work: (desk: Desk, ...args: Args) => Promise<void>) =>
  async (...args: Args) => {
    const desk = await Desk.open(platform, storeName, route, MODULE);
    try {
      await work(desk, ...args);
    } finally {
      desk.store.heal();
      await desk.close();
    }
  };

describe.each(PLATFORMS_AND_STORES)('a store that fails, on %s with %s', (platform, storeName) => {
  const desked = at(platform, storeName, { lease: LEASE });
  /** Of a lease that is renewed: long enough that it does not end meanwhile, however busy the machine is. */
  const renewed = at(platform, storeName, { lease: 2 * LEASE });
  /** No lease ends here. */
  const patient = at(platform, storeName, { lease: 30_000 });

  it.concurrent.each([
    ['throws', throws()],
    ['hangs', hangs],
    ['happens, and its reply is lost', losesReply],
    ['happens, and an error comes back', breaksAfter],
  ])(
    '[B24] keeps an answer by retry when the first complete() %s',
    desked(async (desk, _: string, fault: Fault) => {
      desk.store.inject('complete', fault);
      const first = await desk.send('k');
      expect(first.status).toBe(201);
      await until(() => desk.incidents.includes('save-recovered'));
      const retry = await desk.send('k');
      expect(retry.replayed).toBe(true);
      expect(retry.bytes).toEqual(first.bytes);
      expect(desk.runs).toBe(1);
      expect(desk.outcomes).toEqual(['unsaved', 'replayed']);
    }),
  );

  it.concurrent(
    '[B24] gives the client its 2xx when complete() fails for good, and never runs a retry',
    renewed(async (desk) => {
      desk.store.inject('complete', throws(), Infinity);
      expect((await desk.send('k')).status).toBe(201);
      // Longer than three leases: it is renewed at a third of each.
      await desk.store.called('extend', 9);
      const retry = await desk.send('k');
      expect(retry.status).toBe(409);
      expect(retry.json).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
      expect(desk.runs).toBe(1);
    }),
  );

  it.concurrent.each([
    ['is lost', losesReply],
    ['is an error', breaksAfter],
  ])(
    '[B25] takes the claim back, whatever its lease, when the reply to acquire() %s',
    patient(async (desk, _: string, fault: Fault) => {
      desk.store.inject('acquire', fault);
      const first = await desk.send('k');
      expect(first.status).toBe(503);
      expect(first.json).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
      expect(Number(first.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(desk.runs).toBe(0);
      await desk.store.called('release', 1);
      await until(async () => (await desk.send('k')).status === 201);
      expect(desk.runs).toBe(1);
      expect(desk.attempts[0]!.number).toBe(1);
    }),
  );

  it.concurrent.each([
    ['is lost', losesReply],
    ['is an error', breaksAfter],
  ])(
    '[B25] frees the key with the lease when the reply to acquire() %s and the claim cannot be taken back',
    desked(async (desk, _: string, fault: Fault) => {
      desk.store.inject('acquire', fault);
      desk.store.inject('release', throws(), Infinity);
      const first = await desk.send('k');
      expect(first.status).toBe(503);
      expect(desk.runs).toBe(0);
      await until(async () => (await desk.send('k')).status === 201);
      expect(desk.runs).toBe(1);
      expect(desk.attempts[0]!.number).toBe(2);
    }),
  );

  it.concurrent.each([
    ['lands', landsLate],
    ['is answered', answersLate],
  ])(
    '[B25] gives the key back when acquire() %s late',
    desked(async (desk, _: string, fault: (gate: Gate) => Fault) => {
      const gate = new Gate();
      desk.store.inject('acquire', fault(gate));
      expect((await desk.send('k')).status).toBe(503);
      gate.open();
      await desk.store.called('release', 1);
      await until(async () => (await desk.send('k')).status === 201);
      expect(desk.attempts).toMatchObject([{ number: 1 }]);
    }),
  );

  it.concurrent.each([
    ['throws', throws()],
    ['hangs', hangs],
  ])(
    '[B26] gives the client the original error when release() %s, and frees the key all the same',
    patient(async (desk, _: string, fault: Fault) => {
      desk.store.inject('release', fault);
      desk.work = () => {
        throw failure();
      };
      const first = await desk.send('k');
      expect(first.status).toBe(500);
      expect(first.json).toMatchObject({ message: 'the press is broken' });
      expect(desk.incidents[0]).toBe('release-failed');
      desk.work = (_attempt, run) => ({ run });
      await until(async () => (await desk.send('k')).status === 201);
      expect(desk.runs).toBe(2);
      expect(desk.attempts.map(({ number }) => number)).toEqual([1, 1]);
      expect(desk.incidents).toEqual(['release-failed', 'release-recovered']);
    }),
  );

  it.concurrent(
    '[B48] refuses every request with 503 while it is down, and runs nothing',
    desked(async (desk) => {
      desk.store.inject('acquire', throws(), Infinity);
      const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => desk.send(`k${i}`)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
      expect(desk.runs).toBe(0);
      desk.store.heal();
      expect((await desk.send('k0')).status).toBe(201);
    }),
  );
});

describe.each(PLATFORMS_AND_STORES)("onStoreError: 'proceed' on %s with %s", (platform, storeName) => {
  const desked = at(platform, storeName, { onStoreError: 'proceed', lease: 30_000 });

  it.concurrent.each([
    ['throws', throws()],
    ['hangs', hangs],
  ])(
    '[B25] runs without protection when acquire() %s, and says so',
    desked(async (desk, _: string, fault: Fault) => {
      desk.store.inject('acquire', fault, Infinity);
      const answers = [await desk.send('k'), await desk.send('k')];
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      expect(desk.runs).toBe(2);
      expect(desk.outcomes).toEqual(['unprotected', 'unprotected']);
      expect(desk.store.calls.complete).toBe(0);
      // What the store may have given is taken back.
      await desk.store.called('release', 2);
    }),
  );

  it.concurrent(
    '[B25] protects again when the store is back',
    desked(async (desk) => {
      desk.store.inject('acquire', throws());
      await desk.send('k');
      expect((await desk.send('k')).json).toEqual({ run: 2 });
      expect((await desk.send('k')).replayed).toBe(true);
      expect(desk.runs).toBe(2);
    }),
  );

  it.concurrent(
    '[B24] keeps an answer by retry like any other',
    desked(async (desk) => {
      desk.store.inject('complete', throws());
      expect((await desk.send('k')).status).toBe(201);
      await until(() => desk.incidents.includes('save-recovered'));
      expect((await desk.send('k')).replayed).toBe(true);
    }),
  );
});

describe.each(PLATFORMS_AND_STORES)(
  "onStoreError: 'proceed' and waiting, on %s with %s",
  (platform, storeName) => {
    it.concurrent(
      '[B19] runs no duplicate of what is known to run when the store fails meanwhile',
      async () => {
        const desk = await Desk.open(platform, storeName, { onStoreError: 'proceed', wait: 60_000 }, MODULE);
        const gate = new Gate();
        desk.work = async (_, run) => {
          await gate.pass();
          return { run };
        };
        const first = desk.send('k');
        await gate.reached;
        const waiters = Array.from({ length: 5 }, () => desk.send('k'));
        await until(() => desk.received === 6);
        await desk.store.called('acquire', 3);
        await settle();
        desk.store.inject('acquire', throws(), 1);
        gate.open();
        await first;
        const answers = await Promise.all(waiters);
        expect(desk.runs).toBe(1);
        expect(answers.map(({ text }) => text)).toEqual(Array(5).fill('{"run":1}'));
        await desk.close();
      },
    );
  },
);

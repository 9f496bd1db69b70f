import type { Ruling } from '../../../lib/engine/engine.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { landsLate, throws } from '../../support/fault-store.js';
import { RecordUnreadableError } from '../../../lib/errors/record-unreadable.error.js';
import { advance, ANSWER, attemptOf, enquiry, fakeTime, Harness, LEASE, KEPT } from './engine-harness.js';

const WAIT = 10_000;

describe('the waiting room', () => {
  fakeTime();

  const wait = (harness: Harness, of: Parameters<typeof enquiry>[0] = {}) =>
    harness.engine.begin(enquiry({ wait: WAIT, ...of }));
  const kinds = async (rulings: Promise<Ruling>[]) => (await Promise.all(rulings)).map(({ kind }) => kind);

  it('[B19] gives everybody the answer as soon as it is there, with no time passing', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const waiters = [wait(harness), wait(harness)];
    await settle();
    await attempt.complete(ANSWER, KEPT);
    expect(await Promise.all(waiters)).toEqual([
      { kind: 'replay', response: ANSWER },
      { kind: 'replay', response: ANSWER },
    ]);
    expect(jest.getTimerCount()).toBe(0);
    expect(harness.engine.recordsAwaited).toBe(0);
  });

  it('[B40] gives each of them bytes of his own', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const waiters = [wait(harness), wait(harness), wait(harness)];
    await settle();
    await attempt.complete(Buffer.from(ANSWER), KEPT);
    const responses = (await Promise.all(waiters)).map((ruling) =>
      ruling.kind === 'replay' ? ruling.response : new Uint8Array(),
    );
    responses[0]!.fill(0);
    expect(responses.slice(1)).toEqual([ANSWER, ANSWER]);
  });

  it('[B19] [B63] costs a thousand waiters no more looks than one, and one watch', async () => {
    const harness = new Harness();
    const attempt = await harness.run({ lease: 60_000 });
    const waiters = Array.from({ length: 1_000 }, () => wait(harness, { wait: 30_000 }));
    await settle();
    const asked = harness.store.calls.acquire;
    // One to run, one to know that it runs, one to begin to wait.
    expect(asked).toBeLessThanOrEqual(3);
    await advance(20_000);
    // Ten looks of the net in 20 s, whoever waits.
    expect(harness.store.calls.acquire - asked).toBeLessThanOrEqual(10);
    const before = harness.store.calls.acquire;
    await attempt.complete(ANSWER, KEPT);
    expect(new Set(await kinds(waiters))).toEqual(new Set(['replay']));
    expect(harness.store.calls.acquire - before).toBe(1);
    expect(harness.store.calls.watch).toBe(1);
  });

  it('[B63] watches once for many records', async () => {
    const harness = new Harness();
    const ids = ['a', 'b', 'c'];
    const attempts = await Promise.all(ids.map((id) => harness.run({ id })));
    const waiters = ids.map((id) => wait(harness, { id }));
    await settle();
    for (const attempt of attempts) await attempt.complete(ANSWER, KEPT);
    expect(await kinds(waiters)).toEqual(['replay', 'replay', 'replay']);
    expect(harness.store.calls.watch).toBe(1);
    await harness.engine.close();
    expect(harness.store.calls.unwatch).toBe(1);
  });

  it('[B19] ends a wait in time with a conflict', async () => {
    const harness = new Harness();
    await harness.run({ lease: 60_000 });
    const waiter = wait(harness, { wait: 500 });
    await settle();
    await advance(500);
    expect((await waiter).kind).toBe('conflict');
    await settle();
    expect(harness.engine.recordsAwaited).toBe(0);
  });

  it('[B19] ends a wait when its client leaves, and looks no more when nobody is left', async () => {
    const harness = new Harness();
    const attempt = await harness.run({ lease: 60_000 });
    const leaving = [new AbortController(), new AbortController()];
    const waiters = leaving.map(({ signal }) => wait(harness, { left: () => signal }));
    await settle();
    leaving[0]!.abort();
    expect((await waiters[0]!).kind).toBe('conflict');
    expect(harness.engine.recordsAwaited).toBe(1);
    leaving[1]!.abort();
    expect((await waiters[1]!).kind).toBe('conflict');
    await settle();
    expect(harness.engine.recordsAwaited).toBe(0);
    const { acquire } = harness.store.calls;
    await advance(10_000);
    expect(harness.store.calls.acquire).toBe(acquire);
    await attempt.release('nothing');
  });

  it('[B19] does not begin to wait for a client that has left', async () => {
    const harness = new Harness();
    await harness.run();
    const waiter = wait(harness, { left: () => AbortSignal.abort() });
    expect((await waiter).kind).toBe('conflict');
    expect(harness.engine.recordsAwaited).toBe(0);
    expect(harness.store.calls.watch).toBe(0);
  });

  it('[B19] lets exactly one waiter run when the first attempt is released, and wakes the others by its end', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const waiters = Array.from({ length: 20 }, () => wait(harness));
    await settle();
    await attempt.release('nothing');
    await settle();
    expect(harness.engine.attemptsRunning).toBe(1);
    const runner = attemptOf(await Promise.race(waiters));
    await runner.complete(ANSWER, KEPT);
    const rulings = await kinds(waiters);
    expect(rulings.filter((kind) => kind === 'run')).toHaveLength(1);
    expect(rulings.filter((kind) => kind === 'replay')).toHaveLength(19);
  });

  it('[B19] lets one after the other run when each fails', async () => {
    const harness = new Harness();
    let attempt = await harness.run();
    let waiters = Array.from({ length: 5 }, () => wait(harness));
    while (waiters.length > 0) {
      await settle();
      await attempt.release('nothing');
      const index = await Promise.race(waiters.map((waiter, i) => waiter.then(() => i)));
      attempt = attemptOf(await waiters[index]!);
      waiters = waiters.filter((_, i) => i !== index);
      expect(harness.engine.attemptsRunning).toBe(1);
    }
    await attempt.complete(ANSWER, KEPT);
    expect(harness.engine.recordsAwaited).toBe(0);
  });

  it('[B19] [B21] takes over soon after the lease of a dead attempt, without a notification', async () => {
    const harness = new Harness();
    harness.store.inject('extend', throws(), Infinity);
    await harness.run({}, harness.another());
    const waiter = wait(harness);
    await settle();
    await advance(LEASE + 20);
    expect(attemptOf(await waiter).number).toBe(2);
  });

  it('[B19] hands a lease on when its waiter left while the store was asked', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const left = new AbortController();
    const gate = new Gate();
    const [first, second] = [wait(harness, { left: () => left.signal }), wait(harness)];
    await settle();
    harness.store.inject('acquire', landsLate(gate));
    await attempt.release('nothing');
    await gate.reached;
    left.abort();
    expect((await first).kind).toBe('conflict');
    gate.open();
    expect((await second).kind).toBe('run');
    expect(harness.store.calls.release).toBe(1);
  });

  it('[B19] gives a lease back when all waiters left while the store was asked', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const left = new AbortController();
    const gate = new Gate();
    const waiter = wait(harness, { left: () => left.signal });
    await settle();
    harness.store.inject('acquire', landsLate(gate));
    await attempt.release('nothing');
    await gate.reached;
    left.abort();
    await waiter;
    gate.open();
    await settle();
    expect(harness.engine.attemptsRunning).toBe(0);
    expect((await harness.run()).number).toBe(1);
    expect(harness.engine.recordsAwaited).toBe(0);
  });

  it('[B18] sends all who asked another question away when the key is taken for one', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const waiters = [wait(harness), wait(harness)];
    await settle();
    const gate = new Gate();
    harness.store.inject('acquire', landsLate(gate), 1);
    await attempt.release('nothing');
    await gate.reached;
    const other = await harness.run({ fingerprint: 'other' }, harness.another());
    gate.open();
    expect(await kinds(waiters)).toEqual(['mismatch', 'mismatch']);
    await other.release('nothing');
  });

  it('[B18] tells those behind in the queue that the key was taken for another question', async () => {
    const harness = new Harness();
    const first = await harness.run();
    const a = [wait(harness), wait(harness)];
    await settle();
    const gate = new Gate();
    harness.store.inject('acquire', landsLate(gate), 1);
    await first.release('nothing');
    await gate.reached;
    // Meanwhile the key passes to another question, whose duplicate waits behind, and back.
    const other = await harness.run({ fingerprint: 'other' }, harness.another());
    const b = wait(harness, { fingerprint: 'other' });
    await settle();
    await other.release('nothing');
    const again = await harness.run({}, harness.another());
    gate.open();
    expect((await b).kind).toBe('mismatch');
    await again.complete(ANSWER, KEPT);
    expect(await kinds(a)).toEqual(['replay', 'replay']);
  });

  it('[B19] goes on waiting while the store is down, and gets the answer after all', async () => {
    const harness = new Harness();
    const attempt = await harness.run({ lease: 60_000 });
    const waiter = wait(harness);
    await settle();
    harness.store.inject('acquire', throws(), 2);
    await advance(4_100);
    await attempt.complete(ANSWER, KEPT);
    expect((await waiter).kind).toBe('replay');
  });

  it('[B51] fails for everybody when the record cannot be read', async () => {
    const harness = new Harness();
    await harness.run({ lease: 60_000 });
    const waiters = [wait(harness), wait(harness)].map((waiter) => waiter.catch((error: unknown) => error));
    await settle();
    const error = new RecordUnreadableError('corrupt');
    harness.store.inject('acquire', throws(error));
    await advance(2_100);
    expect(await Promise.all(waiters)).toEqual([error, error]);
    await settle();
    expect(harness.engine.recordsAwaited).toBe(0);
  });

  it('[B28] sends all waiters away when the application stops, and lets nobody wait after that', async () => {
    const harness = new Harness();
    const gate = new Gate();
    const attempt = await harness.run();
    const second = await harness.run({ id: 'second' });
    const waiters = [wait(harness), wait(harness)];
    await settle();
    harness.store.inject('acquire', landsLate(gate));
    const late = wait(harness, { id: 'second' });
    const drained = harness.engine.drain(1_000);
    expect(await kinds(waiters)).toEqual(['closing', 'closing']);
    gate.open();
    expect((await late).kind).toBe('conflict');
    await attempt.release('nothing');
    await second.release('nothing');
    await drained;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('[B28] gives back a lease that a look got while the application stopped', async () => {
    const harness = new Harness();
    const gate = new Gate();
    const attempt = await harness.run();
    const waiter = wait(harness);
    await settle();
    harness.store.inject('acquire', landsLate(gate));
    await attempt.release('nothing');
    await gate.reached;
    const drained = harness.engine.drain(1_000);
    expect((await waiter).kind).toBe('closing');
    gate.open();
    await drained;
    expect((await harness.run({}, harness.another())).number).toBe(1);
  });
});

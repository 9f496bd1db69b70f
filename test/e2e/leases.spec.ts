import { defer, delay, of } from 'rxjs';
import { Gate, until } from '../support/fault-gate.js';
import { Desk, failure } from '../support/fault-desk.js';
import { landsLate, throws } from '../support/fault-store.js';
import { PLATFORMS_AND_STORES } from '../support/fault-stores.js';

const LEASE = 300;

describe.each(PLATFORMS_AND_STORES)('leases on %s with %s', (platform, storeName) => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await Desk.open(platform, storeName, { lease: LEASE }, { storeTimeout: 10_000 });
  });
  afterEach(() => desk.close());

  /** Holds the next run in its handler. */
  const hold = () => {
    const gate = new Gate();
    desk.work = async (_, run) => {
      desk.work = (_attempt, later) => ({ run: later });
      await gate.pass();
      return { run };
    };
    return gate;
  };
  const untilTakenOver = async () => {
    let answer = await desk.send('k');
    while (answer.status === 409) answer = await desk.send('k');
    return answer;
  };

  it('[B20] renews the lease of a handler that is longer, and answers 409 to a duplicate at any time', async () => {
    const gate = hold();
    const first = desk.send('k');
    await gate.reached;
    // Three renewals are a lease: three leases go by.
    for (let renewal = 1; renewal <= 9; renewal++) {
      await desk.store.called('extend', renewal);
      expect((await desk.send('k')).status).toBe(409);
    }
    gate.open();
    expect((await first).json).toEqual({ run: 1 });
    expect((await desk.send('k')).replayed).toBe(true);
    expect(desk.runs).toBe(1);
    expect(desk.attempts[0]!.signal.aborted).toBe(false);
    expect(desk.incidents).toEqual([]);
  });

  it('[B20] survives a renewal that fails', async () => {
    const gate = hold();
    const first = desk.send('k');
    await gate.reached;
    desk.store.inject('extend', throws());
    await desk.store.called('extend', 6);
    expect((await desk.send('k')).status).toBe(409);
    gate.open();
    expect((await first).status).toBe(201);
    expect(desk.incidents).toEqual(['renewal-failed']);
    expect(desk.runs).toBe(1);
  });

  it('[B22] gives the client of a stale attempt the answer of the winner, and fires its signal', async () => {
    const gate = hold();
    desk.store.inject('extend', throws(), Infinity);
    const stale = desk.send('k');
    await gate.reached;
    const winner = await untilTakenOver();
    expect(winner.json).toEqual({ run: 2 });
    expect(winner.replayed).toBe(false);
    gate.open();
    const answer = await stale;
    expect(answer.status).toBe(201);
    expect(answer.bytes).toEqual(winner.bytes);
    expect(answer.replayed).toBe(true);
    expect(desk.attempts.map(({ number, signal }) => [number, signal.aborted])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(desk.outcomes.filter((outcome) => outcome !== 'conflict')).toEqual(['recorded', 'lost']);
    expect((await desk.send('k')).bytes).toEqual(winner.bytes);
  });

  it('[B22] does so when the lease is lost while the answer is being saved', async () => {
    const gate = new Gate();
    desk.store.inject('extend', throws(), Infinity);
    desk.store.inject('complete', landsLate(gate));
    const stale = desk.send('k');
    await gate.reached;
    const winner = await untilTakenOver();
    expect(winner.json).toEqual({ run: 2 });
    gate.open();
    expect((await stale).bytes).toEqual(winner.bytes);
    expect(desk.attempts[0]!.signal.aborted).toBe(true);
  });

  it('[B22] fires the signal as soon as a renewal finds another owner, while the handler runs', async () => {
    const gate = new Gate();
    const never = new Gate();
    desk.work = async (_, run) => {
      if (run > 1) return never.pass();
      await gate.pass();
      return { run };
    };
    desk.store.inject('extend', throws(), Infinity);
    const stale = desk.send('k');
    await gate.reached;
    let taken: Promise<unknown> | undefined;
    while (!never.visitors) {
      const retry = desk.send('k');
      taken = retry;
      await Promise.race([retry, never.reached]);
    }
    desk.store.heal();
    await until(() => desk.attempts[0]!.signal.aborted);
    expect(desk.attempts[1]!.signal.aborted).toBe(false);
    gate.open();
    const answer = await stale;
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'IDEMPOTENCY_LEASE_LOST' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    never.open();
    await taken;
  });

  it('[B23] keeps the answer that came after the lease when nobody took over', async () => {
    const gate = hold();
    desk.store.inject('extend', throws(), Infinity);
    const first = desk.send('k');
    await gate.reached;
    // Retried ten times in a lease: the lease is over when these are.
    await desk.store.called('extend', 15);
    gate.open();
    const late = await first;
    expect(late.json).toEqual({ run: 1 });
    const retry = await desk.send('k');
    expect(retry.replayed).toBe(true);
    expect(retry.bytes).toEqual(late.bytes);
    expect(desk.attempts[0]!.signal.aborted).toBe(false);
    expect(desk.runs).toBe(1);
  });

  it.each([
    ['a handler that fails', () => raise()],
    ['an observable that fails', () => defer(() => raise())],
  ])('[B19] frees the key at once after %s', async (_, work) => {
    desk.work = work;
    expect((await desk.send('k')).status).toBe(500);
    desk.work = (_attempt, run) => ({ run });
    expect((await desk.send('k')).json).toEqual({ run: 2 });
    expect(desk.attempts.map(({ number }) => number)).toEqual([1, 1]);
  });

  it('[B20] [B29] keeps the lease for an observable until it ends, though its client left', async () => {
    desk.work = (_attempt, run) => of({ run }).pipe(delay(2 * LEASE));
    const client = desk.sendAndLeave('k');
    await until(() => desk.runs === 1);
    client.leave();
    expect((await desk.send('k')).status).toBe(409);
    const retry = await untilTakenOver();
    expect(retry.replayed).toBe(true);
    expect(retry.json).toEqual({ run: 1 });
    expect(desk.runs).toBe(1);
  });
});

function raise(): never {
  throw failure();
}

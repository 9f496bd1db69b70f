import { EMPTY, of, throwError } from 'rxjs';
import { IdempotencyEngine } from '../../lib/engine/engine.js';
import { Desk, failure } from '../support/fault-desk.js';
import { Gate, until } from '../support/fault-gate.js';
import { landsLate, throws } from '../support/fault-store.js';
import { PLATFORMS_AND_STORES } from '../support/fault-stores.js';

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe.each(PLATFORMS_AND_STORES)('what is left behind on %s with %s', (platform, storeName) => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await Desk.open(platform, storeName, { wait: 5_000, lease: 60_000 });
  });
  afterEach(() => desk.close());

  const engine = () => desk.app.app.get(IdempotencyEngine, { strict: false });
  const nothingRuns = async () => {
    await until(() => engine().attemptsRunning === 0 && engine().recordsAwaited === 0);
    expect(desk.store.calls.extend).toBe(0);
  };

  it.each([
    ['a value', () => ({ done: true }), 201],
    ['a promise', async () => ({ done: true }), 201],
    ['an observable', () => of(1, 2, 3), 201],
    ['an error', () => Promise.reject(failure()), 500],
    ['an error of an observable', () => throwError(failure), 500],
    ['an observable of nothing', () => EMPTY, undefined],
  ])('[B29] is nothing after %s', async (_, work, status) => {
    desk.work = work;
    const answer = await desk.send('k');
    if (status) expect(answer.status).toBe(status);
    await nothingRuns();
    const retry = await desk.send('k');
    expect(retry.status).toBe(answer.status);
    expect(desk.outcomes).toHaveLength(2);
    await nothingRuns();
  });

  it('[B29] is nothing after a replay, a conflict, a mismatch and a wait', async () => {
    const gate = new Gate();
    desk.work = () => gate.pass();
    const first = desk.send('k');
    await gate.reached;
    const waiter = desk.send('k');
    await desk.store.called('acquire', 3);
    await desk.send('k', { sku: 'rum' });
    gate.open();
    await Promise.all([first, waiter, desk.send('k')]);
    await nothingRuns();
  });

  it.each([
    ['while the handler runs', 1],
    ['while it waits for another', 2],
  ])('[B29] is nothing after the client left %s', async (_, which) => {
    const gate = new Gate();
    desk.work = () => gate.pass();
    const clients = [desk.sendAndLeave('k')];
    await gate.reached;
    if (which === 2) {
      clients.push(desk.sendAndLeave('k'));
      await desk.store.called('acquire', 3);
    }
    clients.at(-1)!.leave();
    if (which === 2) await until(() => desk.outcomes.includes('conflict'));
    gate.open();
    await nothingRuns();
    expect((await desk.send('k')).status).toBe(201);
    expect(desk.runs).toBe(1);
    clients[0]!.leave();
  });

  it('[B29] is nothing after a store that failed or came late', async () => {
    const gate = new Gate();
    desk.store.inject('acquire', throws());
    await desk.send('a');
    desk.store.inject('complete', throws());
    await desk.send('b');
    await until(() => desk.incidents.includes('save-recovered'));
    desk.store.inject('acquire', landsLate(gate));
    await desk.send('c');
    gate.open();
    await desk.store.called('release', 1);
    await nothingRuns();
  });

  it('[B29] is no more listener of the process, and no timer, after a hundred requests', async () => {
    await desk.send('warm');
    const before = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    await Promise.all(Array.from({ length: 100 }, (_, i) => desk.send(`k${i % 50}`)));
    await nothingRuns();
    expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(before);
    // The library's own timers are unreferenced, so what counts here is what would keep a process alive.
    await until(() => timers() <= 5);
  });
});

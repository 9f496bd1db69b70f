import type { Ruling } from '../../../lib/engine/engine.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { landsLate } from '../../support/fault-store.js';
import { advance, ANSWER, enquiry, fakeTime, Harness, KEPT } from './engine-harness.js';

const WAIT = 10_000;

describe("the waiting room's watch", () => {
  fakeTime();

  const wait = (harness: Harness, of: Parameters<typeof enquiry>[0] = {}) =>
    harness.engine.begin(enquiry({ wait: WAIT, ...of }));
  const kinds = async (rulings: Promise<Ruling>[]) => (await Promise.all(rulings)).map(({ kind }) => kind);

  it('looks now and then at a store that does not notify', async () => {
    const harness = new Harness({ notifies: false });
    const attempt = await harness.run({}, harness.another());
    const waiter = wait(harness);
    await settle();
    await attempt.complete(ANSWER, KEPT);
    await advance(250);
    expect((await waiter).kind).toBe('replay');
    await harness.engine.close();
  });

  it('[B19] is not needed for what ends in this process', async () => {
    const harness = new Harness({ notifies: false });
    const attempt = await harness.run();
    const waiter = wait(harness);
    await settle();
    await attempt.complete(ANSWER, KEPT);
    expect((await waiter).kind).toBe('replay');
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['cannot listen', () => Promise.reject(new Error('NOPERM'))],
    ['throws', () => raise()],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('[B19] looks now and then when the store %s', async (_, watch) => {
    const harness = new Harness();
    harness.store.watch = watch;
    const attempt = await harness.run({}, harness.another());
    const waiter = wait(harness);
    await settle();
    await attempt.complete(ANSWER, KEPT);
    await advance(3_100);
    expect((await waiter).kind).toBe('replay');
    const closed = harness.engine.close();
    await advance(1_000);
    await closed;
    expect(harness.store.calls.close).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('listens with the next waiter when it could not with the first', async () => {
    const harness = new Harness();
    const { watch } = harness.store;
    harness.store.watch = () => Promise.reject(new Error('not yet'));
    const a = await harness.run({ id: 'a' });
    void wait(harness, { id: 'a' });
    await settle();
    harness.store.watch = watch!;
    const b = await harness.run({ id: 'b' });
    const waiters = [wait(harness, { id: 'b' })];
    await settle();
    await b.complete(ANSWER, KEPT);
    expect(await kinds(waiters)).toEqual(['replay']);
    await a.release('nothing');
  });

  it('[B29] ends a watch that begins after the application ended', async () => {
    const harness = new Harness();
    const gate = new Gate();
    let unwatched = 0;
    harness.store.watch = async () => {
      await gate.pass();
      return async () => void unwatched++;
    };
    await harness.run();
    void wait(harness);
    await settle();
    const closed = harness.engine.close();
    await advance(1_000);
    await closed;
    gate.open();
    await settle();
    expect(unwatched).toBe(1);
  });

  it('[B29] survives an unwatch that fails', async () => {
    const harness = new Harness();
    harness.store.watch = async () => () => Promise.reject(new Error('gone'));
    await harness.run();
    const waiter = wait(harness);
    await settle();
    await harness.engine.close();
    expect((await waiter).kind).toBe('closing');
    expect(harness.store.calls.close).toBe(1);
  });

  it('ignores notifications for records nobody waits for, and looks again for one that comes during a look', async () => {
    const harness = new Harness();
    let tell!: (id: string) => void;
    harness.store.watch = async (listener) => {
      tell = listener;
      return async () => undefined;
    };
    const attempt = await harness.run();
    const gate = new Gate();
    const first = wait(harness);
    await settle();
    harness.store.inject('acquire', landsLate(gate));
    tell('somebody else');
    tell('id');
    await gate.reached;
    const { acquire } = harness.store.calls;
    tell('id');
    gate.open();
    await settle();
    expect(harness.store.calls.acquire).toBe(acquire + 1);
    await attempt.complete(ANSWER, KEPT);
    tell('id');
    expect((await first).kind).toBe('replay');
  });
});

function raise(): never {
  throw new Error('thrown, not rejected');
}

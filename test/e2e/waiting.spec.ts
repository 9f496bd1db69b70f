import type { Server } from 'node:http';
import { Gate, settle, until } from '../support/fault-gate.js';
import { Desk, failure } from '../support/fault-desk.js';
import { PLATFORMS_AND_STORES } from '../support/fault-stores.js';
import { answersLate } from '../support/fault-store.js';

describe.each(PLATFORMS_AND_STORES)('a duplicate that waits, on %s with %s', (platform, storeName) => {
  let desk: Desk;
  const open = async (wait: number | boolean) => {
    desk = await Desk.open(platform, storeName, { wait });
    return desk;
  };
  afterEach(() => desk.close());

  /** Starts a first request and holds it in its handler. */
  const hold = async (key: string, end: (run: number) => unknown = (run) => ({ run })) => {
    const gate = new Gate();
    const { work } = desk;
    desk.work = async (_, run) => {
      desk.work = work;
      await gate.pass();
      return end(run);
    };
    const answer = desk.send(key);
    await gate.reached;
    return { gate, answer };
  };

  it('[B17] [B19] gives fifty parallel requests the same 2xx', async () => {
    await open(true);
    const gate = new Gate();
    desk.work = async (_, run) => {
      await gate.pass();
      return { run };
    };
    const answers = Array.from({ length: 50 }, () => desk.send('k'));
    await until(() => desk.received === 50);
    // The one who runs, whoever asked with it or just after, and the queue for all of them.
    await desk.store.called('acquire', 2);
    await settle();
    gate.open();
    const all = await Promise.all(answers);
    expect(new Set(all.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['201 {"run":1}']));
    expect(all.filter(({ replayed }) => replayed)).toHaveLength(49);
    expect(desk.runs).toBe(1);
    expect(desk.store.calls.watch).toBe(1);
    // One to run, one to know that it runs, one to begin to wait, one when woken; not one per waiter.
    expect(desk.store.calls.acquire).toBeLessThanOrEqual(5);
  });

  it('[B19] ends with 409 and Retry-After when its time is over', async () => {
    await open(50);
    const first = await hold('k');
    const second = await desk.send('k');
    expect(second.status).toBe(409);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    first.gate.open();
    expect((await first.answer).status).toBe(201);
  });

  it('[B19] ends when its client leaves', async () => {
    await open(60_000);
    const first = await hold('k');
    const second = desk.sendAndLeave('k');
    await desk.store.called('acquire', 3);
    second.leave();
    await until(() => desk.outcomes.includes('conflict'));
    first.gate.open();
    expect((await first.answer).status).toBe(201);
    expect(desk.runs).toBe(1);
  });

  it('[B19] lets exactly one waiter run when the first attempt fails', async () => {
    await open(60_000);
    const first = await hold('k', () => {
      throw failure();
    });
    const waiters = Array.from({ length: 20 }, () => desk.send('k'));
    await until(() => desk.received === 21);
    await desk.store.called('acquire', 3);
    await settle();
    first.gate.open();
    expect((await first.answer).status).toBe(500);
    const answers = await Promise.all(waiters);
    expect(desk.runs).toBe(2);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['201 {"run":2}']),
    );
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it('[B19] runs for a retry what was handed to a client that just left', async () => {
    await open(60_000);
    const first = await hold('k', () => {
      throw failure();
    });
    const second = desk.sendAndLeave('k');
    await desk.store.called('acquire', 3);
    const handed = new Gate();
    desk.store.inject('acquire', answersLate(handed));
    first.gate.open();
    await first.answer;
    await handed.reached;
    second.leave();
    await until(() => desk.outcomes.includes('conflict'));
    handed.open();
    await until(() => desk.store.calls.release === 2);
    const third = await desk.send('k');
    expect(third.json).toEqual({ run: 2 });
    expect(desk.runs).toBe(2);
  });

  it('[B24] [B19] gets the answer that was saved by retry', async () => {
    await open(60_000);
    const first = await hold('k');
    const second = desk.send('k');
    await desk.store.called('acquire', 3);
    desk.store.inject('complete', () => Promise.reject(new Error('ECONNRESET')));
    first.gate.open();
    expect((await first.answer).status).toBe(201);
    const replay = await second;
    expect(replay.replayed).toBe(true);
    expect(replay.json).toEqual({ run: 1 });
  });
});

const connections = (server: Server) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

describe.each(PLATFORMS_AND_STORES)(
  'a client that leaves while the store is asked, on %s with %s',
  (platform, storeName) => {
    it('[B29] [B38] has its request run and recorded, or its key given back, for the retry', async () => {
      const desk = await Desk.open(platform, storeName, { wait: 60_000 });
      const asked = new Gate();
      desk.store.inject('acquire', answersLate(asked));
      const client = desk.sendAndLeave('k');
      await asked.reached;
      const server = desk.app.app.getHttpServer() as Server;
      client.leave();
      await until(() => connections(server).then((count) => count === 0));
      asked.open();
      const retry = await desk.send('k');
      expect(retry.status).toBe(201);
      expect(retry.json).toEqual({ run: 1 });
      expect(desk.runs).toBe(1);
      await desk.close();
    });
  },
);

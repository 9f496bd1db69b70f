import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Server } from 'node:http';
import { Desk } from '../support/fault-desk.js';
import { Gate, settle, until } from '../support/fault-gate.js';
import { landsLate, throws } from '../support/fault-store.js';
import { PLATFORMS_AND_STORES } from '../support/fault-stores.js';

describe.each(PLATFORMS_AND_STORES)('an application that stops, on %s with %s', (platform, storeName) => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await Desk.open(platform, storeName, { wait: 60_000 }, { shutdownGrace: 5_000 });
  });
  afterEach(() => desk.closeStore());

  const hold = () => {
    const gate = new Gate();
    desk.work = async (_, run) => {
      await gate.pass();
      return { run };
    };
    return gate;
  };
  const close = () => {
    let closed = false;
    const promise = desk.app.close().then(() => (closed = true));
    return { promise, isClosed: () => closed };
  };

  it('[B28] lets requests in flight finish, and stores their answers before the store closes', async () => {
    const gate = hold();
    const answer = desk.send('k');
    await gate.reached;
    const { promise, isClosed } = close();
    await settle();
    expect(isClosed()).toBe(false);
    expect(desk.store.calls.close).toBe(0);
    gate.open();
    expect((await answer).json).toEqual({ run: 1 });
    await promise;
    expect(desk.outcomes).toEqual(['recorded']);
    expect(desk.store.log).toEqual(['acquire', 'complete', 'close']);
  });

  it('[B28] finishes and stores what runs for a client that left', async () => {
    const gate = hold();
    const client = desk.sendAndLeave('k');
    await gate.reached;
    client.leave();
    const { promise, isClosed } = close();
    await settle();
    expect(isClosed()).toBe(false);
    gate.open();
    await promise;
    expect(desk.store.log).toEqual(['acquire', 'complete', 'close']);
  });

  it('[B28] waits for a save that is tried again', async () => {
    desk.store.inject('complete', throws(), 2);
    expect((await desk.send('k')).status).toBe(201);
    await close().promise;
    expect(desk.incidents).toEqual(['save-failed', 'save-recovered']);
    expect(desk.store.log).toEqual(['acquire', 'complete', 'complete', 'complete', 'close']);
  });

  it('[B28] waits for a save under way', async () => {
    const gate = new Gate();
    desk.store.inject('complete', landsLate(gate));
    const answer = desk.send('k');
    await gate.reached;
    const { promise, isClosed } = close();
    await settle();
    expect(isClosed()).toBe(false);
    gate.open();
    expect((await answer).status).toBe(201);
    await promise;
    expect(desk.store.log).toEqual(['acquire', 'complete', 'close']);
  });

  it('[B28] sends waiting duplicates and new requests away with 503, to be retried elsewhere', async () => {
    const gate = hold();
    const first = desk.send('k');
    await gate.reached;
    const waiter = desk.send('k');
    await desk.store.called('acquire', 3);
    const { promise } = close();
    const answer = await waiter;
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'IDEMPOTENCY_SHUTTING_DOWN' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const late = await desk.send('later');
    expect(late.status).toBe(503);
    expect(desk.runs).toBe(1);
    gate.open();
    expect((await first).status).toBe(201);
    await promise;
  });

  it('[B28] runs nothing for which it got the lease only after it began to stop, and gives it back', async () => {
    const gate = new Gate();
    desk.store.inject('acquire', landsLate(gate));
    const answer = desk.send('k');
    await gate.reached;
    const { promise, isClosed } = close();
    await settle();
    expect(isClosed()).toBe(false);
    gate.open();
    expect((await answer).status).toBe(503);
    await promise;
    expect(desk.runs).toBe(0);
    expect(desk.store.log).toEqual(['acquire', 'release', 'close']);
  });

  it('[B28] closes the store, and its watch, once, however often it is closed', async () => {
    const gate = hold();
    const first = desk.send('k');
    await gate.reached;
    const waiter = desk.send('k');
    await desk.store.called('acquire', 3);
    gate.open();
    await Promise.all([first, waiter]);
    await Promise.all([close().promise, close().promise]);
    expect(desk.store.calls).toMatchObject({ watch: 1, unwatch: 1, close: 1 });
  });

  it('[B29] leaves no listener and no connection', async () => {
    await desk.send('k');
    const server = desk.app.app.getHttpServer() as Server;
    await close().promise;
    await until(() => !server.listening);
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });
});

describe.each(PLATFORMS_AND_STORES)('the grace of a shutdown, on %s with %s', (platform, storeName) => {
  it('[B28] ends for a handler that does not: the application stops', async () => {
    const desk = await Desk.open(platform, storeName, {}, { shutdownGrace: 50 });
    const gate = new Gate();
    desk.work = () => gate.pass();
    const client = desk.sendAndLeave('k');
    await gate.reached;
    client.leave();
    await desk.app.close();
    expect(desk.store.calls).toMatchObject({ complete: 0, release: 0, close: 1 });
    gate.open();
    await desk.store.called('complete', 1);
    await desk.closeStore();
  });

  it('[B28] ends for a store that is down: one last try, and the application stops', async () => {
    const desk = await Desk.open(platform, storeName, {}, { shutdownGrace: 50 });
    desk.store.inject('complete', throws(), Infinity);
    expect((await desk.send('k')).status).toBe(201);
    await desk.app.close();
    expect(desk.incidents).toEqual(['save-failed', 'save-failed']);
    expect(desk.store.log.at(-1)).toBe('close');
    await desk.closeStore();
  });
});

describe.each(PLATFORMS_AND_STORES)(
  'a client that the application closes itself, on %s with %s',
  (platform, storeName) => {
    it('[B28] is still there when the last answers are stored', async () => {
      const order: string[] = [];
      @Injectable()
      class ClosesRedis implements OnApplicationShutdown {
        onApplicationShutdown() {
          order.push('application');
        }
      }
      const desk = await Desk.open(platform, storeName, {}, {}, [ClosesRedis]);
      const gate = new Gate();
      desk.work = () => gate.pass();
      desk.store.inject('complete', async (work) => {
        const result = await work();
        order.push('stored');
        return result;
      });
      const answer = desk.send('k');
      await gate.reached;
      const closed = desk.app.close();
      gate.open();
      await Promise.all([answer, closed]);
      expect(order).toEqual(['stored', 'application']);
      await desk.closeStore();
    });
  },
);

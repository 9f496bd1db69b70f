import { PLATFORMS } from '../support/create-app.js';
import { Family } from '../support/child-process.js';
import { STORES } from '../support/fault-stores.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const CASES = PLATFORMS.flatMap((platform) => STORES.map((store) => [platform, store] as const));

/** Each test with processes of its own, several at a time: starting them takes longer than what they are asked. */
const alone = (work: (family: Family) => Promise<void>) => async () => {
  const family = new Family();
  try {
    await work(family);
    expect(family.bugs).toEqual([]);
  } finally {
    await family.end();
  }
};

describe.each(CASES)('a process on %s with %s', (platform, storeName) => {
  const memory = storeName === 'memory';

  it.concurrent(
    '[B28] [B29] exits by itself after its application was closed, whatever it did before',
    alone(async (family) => {
      const child = await family.start({ platform, memory, lease: 30_000, wait: 20_000 });
      // A success, its replay, an error, a conflict that waited: all that starts timers and listens.
      expect((await child.send('at once', { atOnce: true })).status).toBe(201);
      expect((await child.send('at once', { atOnce: true })).replayed).toBe(true);
      const failing = child.send('failing');
      await child.hears('runs', 2);
      child.tell({ kind: 'end', key: 'failing', status: 500 });
      expect((await failing).status).toBe(500);
      const first = child.send('k');
      await child.hears('runs', 3);
      const waiter = child.send('k');
      child.tell({ kind: 'end', key: 'k' });
      expect([(await first).status, (await waiter).status]).toEqual([201, 201]);
      child.tell({ kind: 'close' });
      const { resources } = await child.hears('closed');
      expect(resources.filter((name) => name === 'Timeout')).toEqual([]);
      expect(await child.ended).toEqual([0, null]);
      expect(child.all('store-closed')).toHaveLength(1);
    }),
    60_000,
  );

  it.concurrent(
    '[B28] exits by itself though it was closed while it worked, and after it was stored',
    alone(async (family) => {
      const child = await family.start({ platform, memory, lease: 30_000 });
      const answer = child.send('k');
      await child.hears('runs');
      child.tell({ kind: 'close' });
      child.tell({ kind: 'end', key: 'k' });
      expect((await answer).status).toBe(201);
      expect(await child.ended).toEqual([0, null]);
      const order = child.told.map((message) => message.kind);
      expect(order.indexOf('outcome')).toBeLessThan(order.indexOf('store-closed'));
      expect(child.all('outcome')).toMatchObject([{ outcome: 'recorded' }]);
    }),
    60_000,
  );

  it.concurrent(
    '[B28] answers what it works on when SIGTERM comes, and another process replays it',
    alone(async (family) => {
      const child = await family.start({ platform, memory, lease: 30_000 });
      const answer = child.send('k');
      await child.hears('runs');
      child.signal('SIGTERM');
      child.tell({ kind: 'end', key: 'k' });
      const first = await answer;
      expect(first.status).toBe(201);
      await child.hears('store-closed');
      expect(child.all('outcome')).toMatchObject([{ outcome: 'recorded' }]);
      if (memory) return;
      const other = await family.start({ platform, lease: 30_000 });
      const retry = await other.send('k');
      expect(retry.replayed).toBe(true);
      expect(retry.bytes).toEqual(first.bytes);
    }),
    60_000,
  );

  it.concurrent(
    '[B28] ends by itself when SIGTERM comes while it is idle',
    alone(async (family) => {
      const child = await family.start({ platform, memory, lease: 30_000 });
      child.signal('SIGTERM');
      // Of the signal, which Nest sends once more when all is closed.
      expect(await child.ended).toEqual([null, 'SIGTERM']);
      expect(child.all('store-closed')).toHaveLength(1);
    }),
    60_000,
  );
});

describe.each(PLATFORMS)('a process on %s that cannot reach Redis', (platform) => {
  it.concurrent.each(['SIGTERM', 'close'] as const)(
    '[B28] [B29] ends by itself by %s with a wait, a save and a claim to take back pending',
    async (how) => {
      const network = await TcpProxy.start(Number(process.env.TEST_REDIS_PORT));
      const module = { storeTimeout: 500, preferWait: 20_000, shutdownGrace: 1_000 };
      try {
        await alone(async (family) => {
          const child = await family.start({ platform, lease: 30_000, redisPort: network.port, module });
          const working = child.send('working');
          await child.hears('runs');
          const waiting = child.send('working', {}, { wait: 20 });
          // Asked later, refused at once: by now the other one waits.
          expect((await child.send('working')).status).toBe(409);
          const saving = child.send('saving');
          await child.hears('runs', 2);
          network.blackHole();
          child.tell({ kind: 'end', key: 'saving' });
          expect((await saving).status).toBe(201);
          expect(await child.hears('incident')).toMatchObject({ incident: 'save-failed' });
          expect((await child.send('claimed')).status).toBe(503);
          if (how === 'SIGTERM') child.signal('SIGTERM');
          else child.tell({ kind: 'close' });
          // Whichever comes first: the application stops, or the next look at the store fails.
          expect((await waiting).status).toBe(503);
          child.tell({ kind: 'end', key: 'working' });
          expect((await working).status).toBe(201);
          await child.hears('store-closed');
          // What the application itself does with its client then is its own business.
          network.heal();
          expect(await child.ended).toEqual(how === 'SIGTERM' ? [null, 'SIGTERM'] : [0, null]);
        })();
      } finally {
        await network.close();
      }
    },
    60_000,
  );
});

import { setImmediate as turn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import * as redis6 from 'redis';
import * as redis4 from 'redis4';
import * as redis5 from 'redis5';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { clientKinds } from '../support/redis-clients.js';
import { claimOf, nextSettled, roundTrip, settleUntil } from '../support/redis-round-trip.js';
import { freePort, startRedis } from '../support/redis-server.mjs';

const unavailable = { code: IdempotencyErrorCode.STORE_UNAVAILABLE };

describe('[B48] a Redis that is gone', () => {
  // Jest fails a test after which a rejection or an 'error' event was left unhandled; Node tells it a turn later.
  afterEach(() => turn());

  it.each(clientKinds)(
    'what is under way fails or lands late, and it all works again after: $name',
    async (kind) => {
      const port = await freePort();
      const first = await startRedis({ port });
      const { client, close } = await kind.server(port);
      const store = new RedisStore({ client });
      const { told } = await nextSettled(store);
      // Stopped first, so that the commands have left and no reply has come.
      first.child.kill('SIGSTOP');
      const acquired = store.acquire(claimOf());
      const released = store.release({ id: 'x', fence: 1 }, 'nothing');
      const outcomes = Promise.allSettled([acquired, released]);
      await first.stop();

      const second = await startRedis({ port });
      const [acquire, release] = await outcomes;
      expect([
        { status: 'rejected', reason: expect.objectContaining(unavailable) as unknown },
        {
          status: 'fulfilled',
          value: { state: 'acquired', attempt: 1, fence: expect.any(Number) as unknown },
        },
      ]).toContainEqual(acquire);
      expect([
        { status: 'rejected', reason: expect.objectContaining(unavailable) as unknown },
        { status: 'fulfilled', value: 'lost' },
      ]).toContainEqual(release);
      await settleUntil(told, store);
      await roundTrip(store);
      await store.close();
      await close();
      await second.stop();
    },
  );

  it.each([
    ['node-redis 6', () => redis6.createClient()],
    ['node-redis 5', () => redis5.createClient()],
    ['node-redis 4', () => redis4.createClient()],
  ])('a client that was never connected says what is missing: %s', async (_name, create) => {
    const store = new RedisStore({ client: create() });
    await store.start();
    await expect(store.acquire(claimOf())).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/ClientClosedError.*connect\(\)/) as string,
    });
  });

  it('does not keep the application from starting', async () => {
    const client = new Redis(await freePort());
    client.on('error', () => undefined);
    await new RedisStore({ client }).start();
    client.disconnect();
  });

  it('[B25] an acquire that lands late from an offline queue holds the key for its lease only', async () => {
    const port = await freePort();
    const client = new Redis(port, { retryStrategy: () => 20 });
    client.on('error', () => undefined);
    const store = new RedisStore({ client });
    const claim = { ...claimOf(), lease: 1 };
    // The caller gives up; the command stays in the client's queue.
    const late = store.acquire(claim);
    const server = await startRedis({ port });
    expect(await late).toMatchObject({ state: 'acquired', attempt: 1 });
    const next = async (): Promise<unknown> => {
      const answer = await store.acquire(claim);
      return answer.state === 'acquired' ? answer : next();
    };
    expect(await next()).toMatchObject({ state: 'acquired', attempt: 2 });
    client.disconnect();
    await server.stop();
  });
});

import { Redis } from 'ioredis';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { clientKinds, type OpenClient } from '../support/redis-clients.js';
import { begin, KEPT, nextSettled, RESPONSE, roundTrip } from '../support/redis-round-trip.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';

describe.each(clientKinds)('the subscription of RedisStore with $name', (kind) => {
  let server: RedisServer;
  let admin: Redis;
  let open: OpenClient;
  let store: RedisStore;
  beforeEach(async () => {
    server = await startRedis();
    admin = new Redis(server.port);
    admin.on('error', () => undefined);
    open = await kind.server(server.port);
    store = new RedisStore({ client: open.client });
  });
  afterEach(async () => {
    await store.close();
    await open.close();
    admin.disconnect();
    await server.stop();
  });

  const subscribers = async () =>
    ((await admin.client('LIST', 'TYPE', 'PUBSUB')) as string).split('\n').length - 1;
  const until = async (condition: () => Promise<boolean>) => {
    while (!(await condition()));
  };

  it('is one connection however often watch() is called, and ends with the last watch', async () => {
    expect(await subscribers()).toBe(0);
    const first = await store.watch(() => undefined);
    const second = await store.watch(() => undefined);
    expect(await subscribers()).toBe(1);
    await first();
    await first();
    const { ref, claim } = await begin(store);
    await store.acquire({ ...claim, waiting: true });
    expect(await subscribers()).toBe(1);
    expect(await store.release(ref, 'nothing')).toBe('released');
    await second();
    await until(async () => (await subscribers()) === 0);
  });

  it('ends with close(), which leaves the client alone; the store still works', async () => {
    await store.watch(() => undefined);
    await store.close();
    await store.close();
    await until(async () => (await subscribers()) === 0);
    await roundTrip(store);
  });

  it('comes back when its connection breaks', async () => {
    const { told } = await nextSettled(store);
    const { claim, ref } = await begin(store);
    await store.acquire({ ...claim, waiting: true });
    await admin.client('KILL', 'TYPE', 'PUBSUB');
    await until(async () => (await subscribers()) === 1);
    await until(async () => (await admin.pubsub('NUMSUB', 'idempotency:settled'))[1] === 1);
    await store.complete(ref, RESPONSE, KEPT);
    expect(await told).toBe(claim.id);
  });

  it('that cannot begin is given up by close()', async () => {
    await server.stop();
    const watching = store.watch(() => undefined).catch((error: unknown) => error);
    await store.close();
    expect(await watching).toMatchObject({ code: IdempotencyErrorCode.STORE_UNAVAILABLE });
  });

  it('is refused together with who may not subscribe; completing works all the same', async () => {
    await admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await expect(store.watch(() => undefined)).rejects.toThrow(/NOPERM/);
    const { claim, ref } = await begin(store);
    await store.acquire({ ...claim, waiting: true });
    expect(await store.complete(ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
    expect(await store.acquire(claim)).toMatchObject({ state: 'completed', response: RESPONSE });
  });
});

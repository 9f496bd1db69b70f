import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { clientKinds, type OpenClient } from '../support/redis-clients.js';
import { begin, claimOf, HOUR, KEPT, RESPONSE } from '../support/redis-round-trip.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';

const unavailable = (message: RegExp) => ({
  code: IdempotencyErrorCode.STORE_UNAVAILABLE,
  message: expect.stringMatching(message) as string,
});

describe.each(clientKinds)('[B48] a Redis that refuses, with $name', (kind) => {
  let server: RedisServer;
  let admin: Redis;
  let open: OpenClient;
  let store: RedisStore;
  beforeEach(async () => {
    server = await startRedis({
      args: ['--enable-debug-command', 'yes', '--loading-process-events-interval-bytes', '1024'],
    });
    admin = new Redis(server.port);
    open = await kind.server(server.port);
    store = new RedisStore({ client: open.client });
  });
  afterEach(async () => {
    admin.disconnect();
    await open.close();
    await server.stop();
  });

  it('read-only: nothing is acquired or changed, a finished request is still answered', async () => {
    const [running, done] = [await begin(store), await begin(store)];
    await store.complete(done.ref, RESPONSE, KEPT);
    await admin.replicaof('127.0.0.1', 1);
    await expect(store.acquire(claimOf())).rejects.toMatchObject(unavailable(/acquire: READONLY/));
    await expect(store.extend(running.ref, HOUR, HOUR)).rejects.toMatchObject(unavailable(/READONLY/));
    await expect(store.complete(running.ref, RESPONSE, KEPT)).rejects.toMatchObject(unavailable(/READONLY/));
    await expect(store.release(running.ref, 'nothing')).rejects.toMatchObject(unavailable(/READONLY/));
    expect(await store.acquire(done.claim)).toMatchObject({ state: 'completed', response: RESPONSE });
    expect(await store.acquire(running.claim)).toMatchObject({ state: 'in-progress' });
  });

  it('out of memory: nothing is acquired or completed, and a completion works when there is room again', async () => {
    const running = await begin(store);
    await admin.config('SET', 'maxmemory', 1);
    await expect(store.acquire(claimOf())).rejects.toMatchObject(unavailable(/acquire: OOM/));
    await expect(store.complete(running.ref, RESPONSE, KEPT)).rejects.toMatchObject(
      unavailable(/complete: OOM/),
    );
    expect(await store.acquire(running.claim)).toMatchObject({ state: 'in-progress' });
    await admin.config('SET', 'maxmemory', 0);
    expect(await store.complete(running.ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
  });

  it('still loading its data: nothing is acquired, and no record is taken for absent', async () => {
    const { claim } = await begin(store);
    await admin.call('DEBUG', 'POPULATE', 100);
    // µs per key, so that the reload below lasts a second and answers in between.
    await admin.config('SET', 'key-load-delay', 10_000);
    const reloaded = admin.call('DEBUG', 'RELOAD');
    const answers = async (): Promise<unknown> =>
      store.acquire(claim).then(answers, (error: unknown) => error);
    expect(await answers()).toMatchObject(unavailable(/acquire: LOADING/));
    await admin.config('SET', 'key-load-delay', 0);
    await reloaded;
    expect(await store.acquire(claim)).toMatchObject({ state: 'in-progress', attempt: 1 });
  });

  it('tells neither the record nor the response nor the fingerprint', async () => {
    const { ref } = await begin(store);
    await admin.config('SET', 'maxmemory', 1);
    const full: unknown = await store
      .complete(ref, Buffer.from('secret body'), KEPT)
      .catch((e: unknown) => e);
    await admin.config('SET', 'maxmemory', 0);
    await admin.call('ACL', 'SETUSER', 'default', '-evalsha', '-eval');
    const forbidden: unknown = await store.acquire(claimOf()).catch((e: unknown) => e);
    expect(forbidden).toMatchObject(unavailable(/acquire: NOPERM/));
    for (const error of [full, forbidden]) {
      const told = inspect(error, { depth: 9, showHidden: true });
      expect(told).toMatch(/cause/);
      for (const hidden of [
        ref.id,
        'v1:fingerprint',
        'secret',
        Buffer.from('secret').toString('hex'),
        '73 65 63',
      ]) {
        expect(told).not.toContain(hidden);
      }
    }
  });
});

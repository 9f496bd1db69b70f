import { Redis } from 'ioredis';
import { RedisStore } from '../../lib/store/redis/index.js';
import { clientKinds, using } from '../support/redis-clients.js';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.js';
import { oddClusters } from '../support/redis-odd-clients.js';
import { begin, HOUR, listed, RESPONSE } from '../support/redis-round-trip.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';

const MANY = 60;
const kept = { response: 24 * HOUR, tombstone: HOUR };

/** Completed records with tombstones, and the ids of them. */
const fill = (store: RedisStore, scope: string) =>
  Promise.all(
    Array.from({ length: MANY }, async () => {
      const { ref } = await begin(store, { scope });
      await store.complete(ref, RESPONSE, kept);
      return ref.id;
    }),
  );
const idsOf = async (store: RedisStore, query: Parameters<typeof listed>[1]) =>
  (await listed(store, query)).map(({ id }) => id).sort();

describe('what RedisStore lists', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.port);
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it.each(clientKinds)('is every record once, however small the pages are: $name', ({ server: open }) =>
    using(open(server.port), async (client) => {
      const store = new RedisStore({ client });
      const ids = (await fill(store, 'mine')).sort();
      for (const limit of [1, 7, 1_000]) {
        expect(await idsOf(store, { scopes: ['mine'], limit })).toEqual(ids);
        expect(await idsOf(store, { idPrefix: ids[0]!.slice(0, 11), limit })).toEqual([ids[0]]);
      }
      expect(await idsOf(store, { scopes: ['others'] })).toEqual([]);
    }),
  );

  it('is few of many on a page that is found late', async () => {
    const store = new RedisStore({ client: redis });
    await fill(store, 'others');
    const { claim, ref } = await begin(store, { onLapse: 'uncertain' });
    await store.release(ref, 'unknown');
    const [record, ...more] = await listed(store, { states: ['uncertain'], limit: 2 });
    expect(more).toEqual([]);
    expect(record).toMatchObject({ id: claim.id, scope: 'scope', fence: ref.fence, attempt: 1 });
    expect(record).not.toHaveProperty('endsIn');
  });

  it('is what a tombstone remembers when its record is lost, and no retry runs', async () => {
    const store = new RedisStore({ client: redis });
    const { claim, ref } = await begin(store);
    await store.complete(ref, RESPONSE, kept);
    // As eviction does it.
    await redis.del(`idempotency:{${claim.id}}`);
    expect(await store.acquire(claim)).toEqual({ state: 'expired', fingerprint: claim.fingerprint });
    expect(await store.complete(ref, RESPONSE, kept)).toMatchObject({ record: { state: 'expired' } });
    const endsIn = expect.any(Number) as number;
    expect(await listed(store)).toEqual([{ id: claim.id, state: 'expired', scope: claim.scope, endsIn }]);
    expect(await store.remove(claim.id)).toBe('removed');
    expect(await store.acquire(claim)).toMatchObject({ state: 'acquired', attempt: 1 });
  });

  it('is a record whose response ends soon for certain, found by either of its keys', async () => {
    const store = new RedisStore({ client: redis });
    const { claim, ref } = await begin(store);
    await store.complete(ref, RESPONSE, { response: HOUR / 2, tombstone: HOUR });
    const ids = await idsOf(store, { limit: 1 });
    expect(new Set(ids)).toEqual(new Set([claim.id]));
  });

  it('is nothing of keys that only look like records', async () => {
    const names = [
      'idempotency:{a b}',
      'idempotency:{x}tt',
      'idempotency:plain',
      'idempotency:{}',
      'other:{x}',
    ];
    for (const name of names) await redis.set(name, 'i1 t v1:f s\n');
    expect(await listed(new RedisStore({ client: redis }))).toEqual([]);
  });

  it('refuses a cursor that no page gave', async () => {
    const store = new RedisStore({ client: redis });
    await expect(store.list({ limit: 1, cursor: 'page 2' })).rejects.toThrow(TypeError);
  });

  describe('on a cluster', () => {
    let nodes: RedisCluster;
    beforeAll(async () => (nodes = await startRedisCluster()));
    beforeEach(async () => {
      for (const port of nodes.ports) {
        const node = new Redis(port);
        await node.flushall();
        node.disconnect();
      }
    });
    afterAll(() => nodes.stop());

    const clients = [...clientKinds.map(({ name, cluster }) => ({ name, open: cluster })), ...oddClusters];
    it.each(clients)('[B47] is every record of all masters once: $name', ({ open }) =>
      using(open(nodes.ports[0]!), async (client) => {
        const store = new RedisStore({ client });
        const ids = (await fill(store, 'mine')).sort();
        for (const limit of [7, 1_000]) expect(await idsOf(store, { scopes: ['mine'], limit })).toEqual(ids);
        for (const id of ids) expect(await store.remove(id)).toBe('removed');
        expect(await idsOf(store, {})).toEqual([]);
      }),
    );

    it('begins again where a cursor speaks of other masters', async () =>
      using(clientKinds[0]!.cluster(nodes.ports[0]!), async (client) => {
        const store = new RedisStore({ client });
        const ids = (await fill(store, 'mine')).sort();
        expect(await idsOf(store, { cursor: '1234.1.17' })).toEqual(ids);
      }));
  });
});

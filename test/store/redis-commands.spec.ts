import { clientKinds } from '../support/redis-clients.js';
import { openMonitored, type MonitoredStore } from '../support/redis-monitored.js';
import { begin, HOUR, KEPT, RESPONSE } from '../support/redis-round-trip.js';

const ONE = ['EVALSHA'];
const other = { fingerprint: 'v1:other' };

describe.each(clientKinds)('what RedisStore asks of Redis, with $name', (kind) => {
  let redis: MonitoredStore;
  beforeAll(async () => (redis = await openMonitored(kind)));
  afterAll(() => redis.close());

  it('[B47] a first request is two commands: acquire and complete', async () => {
    const { store, sent } = redis;
    const first = async () => store.complete((await begin(store)).ref, RESPONSE, KEPT);
    expect(await sent(first)).toEqual(['EVALSHA', 'EVALSHA']);
  });

  it('[B47] a replay, a mismatch and a conflict are one command each', async () => {
    const { store, sent } = redis;
    const { claim, ref } = await begin(store);
    expect(await sent(() => store.acquire(claim))).toEqual(ONE);
    expect(await sent(() => store.acquire({ ...claim, ...other }))).toEqual(ONE);
    expect(await sent(() => store.acquire({ ...claim, waiting: true }))).toEqual(ONE);
    await store.complete(ref, RESPONSE, KEPT);
    expect(await sent(() => store.acquire(claim))).toEqual(ONE);
    expect(await sent(() => store.acquire({ ...claim, ...other }))).toEqual(ONE);
  });

  it('[B47] a renewal and a release are one command each', async () => {
    const { store, sent } = redis;
    const { ref } = await begin(store);
    expect(await sent(() => store.extend(ref, HOUR, HOUR))).toEqual(ONE);
    expect(await sent(() => store.release(ref, 'nothing'))).toEqual(ONE);
  });

  it('[B47] what operators do to one record is one command each', async () => {
    const { store, sent } = redis;
    const { claim, ref } = await begin(store, { onLapse: 'uncertain' });
    expect(await sent(() => store.release({ id: claim.id, token: claim.token }, 'unknown'))).toEqual(ONE);
    expect(await sent(() => store.look(claim.id))).toEqual(ONE);
    expect(await sent(() => store.resolve(ref, { as: 'not-applied', keep: HOUR, note: 'n' }))).toEqual(ONE);
    expect(await sent(() => store.remove(claim.id))).toEqual(ONE);
  });

  it('a page is SCANs, and one command per key that they find', async () => {
    const { store, sent } = redis;
    const { claim } = await begin(store);
    const commands = await sent(() => store.list({ limit: 1_000, idPrefix: claim.id.slice(0, 11) }));
    expect(commands).toEqual(['SCAN', 'EVALSHA']);
  });

  it('a replay reads the record and does nothing else', async () => {
    const { store, inside } = redis;
    const { claim, ref } = await begin(store);
    await store.complete(ref, RESPONSE, { response: HOUR, tombstone: HOUR });
    expect(await inside(() => store.acquire(claim))).toEqual(['GET']);
  });

  it('a tombstone is written with the response, and asked for when there is no record', async () => {
    const { store, inside } = redis;
    const { ref } = await begin(store);
    const finish = () => store.complete(ref, RESPONSE, { response: HOUR, tombstone: HOUR });
    expect(await inside(finish)).toEqual(['GET', 'SET', 'SET']);
    expect(await inside(() => begin(store))).toEqual(['GET', 'GET', 'TIME', 'SET']);
  });

  it('a settled record is published only when somebody waits for it', async () => {
    const { store, inside } = redis;
    const [unheard, awaited] = [await begin(store), await begin(store)];
    await store.acquire(unheard.claim);
    await store.acquire({ ...awaited.claim, waiting: true });
    expect(await inside(() => store.complete(unheard.ref, RESPONSE, KEPT))).toEqual(['GET', 'SET']);
    expect(await inside(() => store.release(awaited.ref, 'nothing'))).toEqual(['GET', 'DEL', 'PUBLISH']);
  });
});

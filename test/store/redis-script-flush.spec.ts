import { clientKinds } from '../support/redis-clients.js';
import { openMonitored, type MonitoredStore } from '../support/redis-monitored.js';
import { begin, HOUR, KEPT } from '../support/redis-round-trip.js';

describe.each(clientKinds)('[B47] RedisStore after SCRIPT FLUSH, with $name', (kind) => {
  let redis: MonitoredStore;
  beforeAll(async () => (redis = await openMonitored(kind)));
  afterAll(() => redis.close());

  it('works, and pays one more command per script once', async () => {
    const { store, sent, monitor } = redis;
    const { claim, ref } = await begin(store);
    await monitor.flushScripts();
    expect(await sent(() => store.extend(ref, HOUR, HOUR))).toEqual(['EVALSHA', 'EVAL']);
    expect(await sent(() => store.complete(ref, Buffer.from('answer'), KEPT))).toEqual(['EVALSHA', 'EVAL']);
    expect(await sent(() => store.acquire(claim))).toEqual(['EVALSHA', 'EVAL']);
    expect(await sent(() => store.release(ref, 'nothing'))).toEqual(['EVALSHA', 'EVAL']);
    expect(await sent(() => store.acquire(claim))).toEqual(['EVALSHA']);
  });

  it('works while it happens again and again', async () => {
    const { store, monitor } = redis;
    const numbers = Array.from({ length: 50 }, (_, i) => new Uint8Array([i]));
    const requests = numbers.map(async (response) => {
      const { claim, ref } = await begin(store);
      await store.extend(ref, HOUR, HOUR);
      await store.complete(ref, response, KEPT);
      const answer = await store.acquire(claim);
      return answer.state === 'completed' && answer.response;
    });
    await Promise.all(Array.from({ length: 20 }, () => monitor.flushScripts()));
    expect(await Promise.all(requests)).toEqual(numbers);
  });
});

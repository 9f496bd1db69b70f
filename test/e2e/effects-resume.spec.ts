import { Redis } from 'ioredis';
import { RedisStore } from 'nestjs-idempotency/redis';
import { setFaultPoints } from 'nestjs-idempotency/testing';
import { PLATFORMS } from '../support/create-app.js';
import { Gate } from '../support/fault-gate.js';
import { failing, Shop, STEPS, type ShopOptions } from './effects.shop.js';

/** Where a handler of four steps can end, and how often the step is then asked for downstream. */
const PLACES = STEPS.flatMap(
  (step) =>
    [
      [`before ${step}`, step, 1],
      [`marked ${step}`, step, 1],
      [`in ${step}`, step, 2],
      [`after ${step}`, step, 2],
    ] as const,
);

/** Ends the first attempt there. */
function endAt(shop: Shop, place: string, end: () => unknown): void {
  let ended = false;
  const reach = (at: string) => {
    if (ended || at !== place) return undefined;
    ended = true;
    return end();
  };
  shop.at = reach;
  setFaultPoints(shop.app.app, async (point, { effect }) => {
    if (point === 'before-effect') await reach(`marked ${effect}`);
    if (point === 'after-effect') await reach(`after ${effect}`);
  });
}

function expectOnce(shop: Shop, repeated?: string): void {
  for (const step of STEPS) {
    const keys = shop.downstream.keysOf(step);
    expect(keys).toHaveLength(step === repeated ? 2 : 1);
    expect(new Set(keys).size).toBe(1);
  }
  expect(new Set(shop.downstream.asked.map(({ key }) => key)).size).toBe(4);
}

const RESULTS = {
  reserve: { id: 'reserve-1', at: new Date(0).toISOString() },
  charge: { id: 'charge-2', at: new Date(1).toISOString() },
  write: { id: 'write-3', at: new Date(2).toISOString() },
  mail: { id: 'mail-4', at: new Date(3).toISOString() },
};

const redis = new Redis(Number(process.env.TEST_REDIS_PORT), { lazyConnect: true });
afterAll(() => redis.disconnect());
let prefixes = 0;
const STORES: readonly [string, () => Pick<ShopOptions, 'store'>][] = [
  ['memory', () => ({})],
  [
    'Redis',
    () => ({ store: new RedisStore({ client: redis, prefix: `effects${process.pid}-${++prefixes}:` }) }),
  ],
];

describe.each(PLATFORMS)('a handler of four steps on %s', (platform) => {
  describe.each(STORES)('and %s', (storeName, storeOf) => {
    let shop: Shop;
    const open = async (options: ShopOptions = {}) => {
      shop = await Shop.open(platform, { ...storeOf(), ...options });
    };
    afterEach(() => shop.close());

    it('takes each step once, with a key of its own', async () => {
      await open();
      const answer = await shop.order('k');
      expect(answer.status).toBe(201);
      expect(answer.json).toEqual(RESULTS);
      expect((await shop.order('k')).bytes).toEqual(answer.bytes);
      expectOnce(shop);
    });

    it.each(PLACES)('that fails %s goes on there', async (place, step, times) => {
      await open();
      endAt(shop, place, failing);
      expect((await shop.order('k')).status).toBe(500);
      const retry = await shop.order('k');
      expect(retry.status).toBe(201);
      expect(retry.json).toEqual(RESULTS);
      expectOnce(shop, times === 2 ? step : undefined);
      expect(shop.outcomes).toEqual(['released', 'recorded']);
      expect((await shop.order('k')).replayed).toBe(true);
    });

    it('that fails at the end takes no step again', async () => {
      await open();
      endAt(shop, 'at the end', failing);
      expect((await shop.order('k')).status).toBe(500);
      expect((await shop.order('k')).json).toEqual(RESULTS);
      expectOnce(shop);
    });

    it.each([401, 403, 408, 425, 429])(
      'that says %i after a step, which is not recorded, goes on',
      async (status) => {
        await open();
        endAt(shop, 'before write', () => failing(status));
        expect((await shop.order('k')).status).toBe(status);
        expect((await shop.order('k')).json).toEqual(RESULTS);
        expectOnce(shop);
      },
    );

    it('that says 402 after a step has answered', async () => {
      await open();
      endAt(shop, 'before charge', () => failing(402));
      expect((await shop.order('k')).status).toBe(402);
      expect(await shop.order('k')).toMatchObject({ status: 402, replayed: true });
      expect(shop.downstream.asked).toHaveLength(1);
    });

    it('that fails again and again goes on each time', async () => {
      await open();
      for (const step of STEPS) {
        endAt(shop, `before ${step}`, failing);
        expect((await shop.order('k')).status).toBe(500);
      }
      expect((await shop.order('k')).json).toEqual(RESULTS);
      expectOnce(shop);
    });

    it('that fails is not another request: the key stays with its body', async () => {
      await open();
      endAt(shop, 'before charge', failing);
      await shop.order('k');
      const other = await fetch(`${shop.app.url}/orders`, {
        method: 'POST',
        headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
        body: '{"amount":2}',
      });
      expect(other.status).toBe(422);
    });

    it.each(PLACES.filter(([place]) => !place.startsWith('before')))(
      'that may not be repeated and fails %s is uncertain',
      async (place) => {
        await open();
        shop.retry = 'never';
        endAt(shop, place, failing);
        expect((await shop.order('k')).status).toBe(500);
        const { length } = shop.downstream.asked;
        const retry = await shop.order('k');
        expect(retry.status).toBe(409);
        expect(retry.json).toMatchObject({
          code: 'IDEMPOTENCY_UNCERTAIN',
          reference: expect.any(String) as string,
        });
        expect(shop.downstream.asked).toHaveLength(length);
        expect(shop.outcomes).toEqual(['left-uncertain', 'uncertain']);
        const { reference } = retry.json as { reference: string };
        await shop.service.resolve(reference, { as: 'not-applied', by: 'ann', why: 'looked' });
        expect((await shop.order('k')).status).toBe(201);
      },
    );

    it.each(STEPS)('that may not be repeated and fails before %s goes on there', async (step) => {
      await open();
      shop.retry = 'never';
      endAt(shop, `before ${step}`, failing);
      expect((await shop.order('k')).status).toBe(500);
      expect((await shop.order('k')).json).toEqual(RESULTS);
      expectOnce(shop);
    });

    it('keeps its keys when the secret is rotated in between', async () => {
      await open({ secret: ['one: 16 characters'] });
      const { store, downstream } = shop;
      endAt(shop, 'in charge', failing);
      await shop.order('k');
      const rotated = await Shop.open(platform, {
        store,
        secret: ['two: 16 characters', 'one: 16 characters'],
      });
      expect((await rotated.order('k')).status).toBe(201);
      expect(rotated.downstream.keysOf('charge')).toEqual(downstream.keysOf('charge'));
      expect(rotated.downstream.keysOf('reserve')).toEqual([]);
      await rotated.close();
    });

    if (storeName === 'memory') {
      it.each(PLACES)('[B22] that stands still %s goes on there without it', async (place, step, times) => {
        await open();
        const gate = new Gate();
        endAt(shop, place, () => gate.pass());
        const stale = shop.order('k');
        await gate.reached;
        expect((await shop.order('k')).status).toBe(409);
        shop.clock.advance(30_001);
        expect((await shop.order('k')).json).toEqual(RESULTS);
        // It comes back, and can neither mark nor record.
        gate.open();
        const late = await stale;
        expect(late.status).toBe(409);
        expect(late.json).toMatchObject({ code: 'IDEMPOTENCY_LEASE_LOST' });
        expect(late.headers.get('content-type')).toContain('application/problem+json');
        expect(late.headers.get('retry-after')).toBe('1');
        const keys = shop.downstream.keysOf(step);
        expect(new Set(keys).size).toBe(1);
        expect(keys).toHaveLength(times === 1 && place.startsWith('before') ? 1 : 2);
        expect(shop.downstream.asked).toHaveLength(3 + keys.length);
      });
    }
  });
});

import { SHOPS, startShop, type Shop } from './sample.app.js';
import {
  DECLINED_CARD,
  GOOD_CARD,
  newKey,
  replayed,
  ShopClient,
  type Ask,
  type OrderJson,
} from './sample.client.js';

describe.each(SHOPS)('the shop on $adapter with $store and DEMO_FAULTS=1', ({ adapter, store }) => {
  let shop: Shop;
  let users = 0;
  const customer = () => ShopClient.login(shop.url, `alice${++users}`);

  beforeAll(async () => {
    shop = await startShop({ adapter, store, demoFaults: true });
  });

  afterAll(() => shop?.stop());

  it('answers a double click on a slow handler with one 201 and one 409', async () => {
    const client = await customer();
    const ask = { key: newKey(), fault: 'delay=500' };
    const answers = await Promise.all([0, 1].map(() => client.order([{ sku: 'mug', quantity: 1 }], ask)));
    const [done, conflict] = answers.sort((a, b) => a.status - b.status);
    expect([done!.status, conflict!.status]).toEqual([201, 409]);
    expect(conflict!.json().code).toBe('IDEMPOTENCY_IN_PROGRESS');
    expect(Number(conflict!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('lets duplicates wait for the invoice', async () => {
    const client = await customer();
    const { id } = await client.mug();
    const ask = { key: newKey(), fault: 'delay=200' };
    const answers = await Promise.all(
      [0, 1, 2].map(() => client.post(`/orders/${id}/invoice`, undefined, ask)),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(answers.filter(replayed)).toHaveLength(2);
    expect(new Set(answers.map(({ bytes }) => bytes.toString('latin1'))).size).toBe(1);
  });

  it.each(['fail-before', 'fail-after'])(
    'does the work once when %s answers 500 and the client retries',
    async (fault) => {
      const client = await customer();
      const before = await client.stock('mug');
      const placing = { key: newKey() };
      expect((await client.order([{ sku: 'mug', quantity: 1 }], { ...placing, fault })).status).toBe(500);
      const placed = await client.order([{ sku: 'mug', quantity: 1 }], placing);
      expect([placed.status, replayed(placed)]).toEqual([201, false]);
      expect(await client.stock('mug')).toBe(before - 1);
      expect(await client.list('/orders')).toHaveLength(1);

      const order = placed.json<OrderJson>();
      const paying = { key: newKey() };
      expect((await client.pay(order, { ...paying, fault })).status).toBe(500);
      expect((await client.pay(order, paying)).status).toBe(201);
      expect(await client.list('/payments')).toHaveLength(1);

      const refund = (ask: Ask) => client.post(`/orders/${order.id}/refunds`, { amount: order.total }, ask);
      const refunding = { key: newKey() };
      expect((await refund({ ...refunding, fault })).status).toBe(500);
      expect((await refund(refunding)).status).toBe(201);
    },
  );

  it.each(['orders', 'payments', 'refunds', 'invoice'])(
    'cuts the connection after the work on %s, and answers the retry with the answer that was lost [B38]',
    async (what) => {
      const client = await customer();
      const order = await client.mug();
      if (what === 'refunds') await client.pay(order);
      const ask = { key: newKey() };
      const send = (fault?: string) => {
        if (what === 'orders') return client.order([{ sku: 'mug', quantity: 2 }], { ...ask, fault });
        if (what === 'payments') return client.pay(order, { ...ask, fault });
        const body = what === 'refunds' ? { amount: 5 } : undefined;
        return client.post(`/orders/${order.id}/${what}`, body, { ...ask, fault });
      };
      await expect(send('drop')).rejects.toThrow();
      const retry = await send();
      expect([retry.status, replayed(retry)]).toEqual([201, true]);
      if (what === 'orders') expect(await client.list('/orders')).toHaveLength(2);
      if (what === 'payments') expect(await client.list('/payments')).toHaveLength(1);
    },
  );

  it('refuses a fault it does not know', async () => {
    const answer = await (
      await customer()
    ).order([{ sku: 'mug', quantity: 1 }], { key: newKey(), fault: 'nonsense' });
    expect(answer.status).toBe(400);
  });

  it('logs what became of every request, and no key, token or card [B66]', async () => {
    const client = await customer();
    const order = await client.mug();
    const path = `POST /orders/${order.id}/payments `;
    const lines = () =>
      shop.log.filter((line) => line.startsWith(path)).map((line) => line.slice(path.length));
    const key = newKey();
    await client.pay(order, { key, fault: 'drop' }).catch(() => undefined);
    await client.pay(order, { key });
    await client.pay({ ...order, total: 1 }, { key });
    await client.pay(order, { key: newKey() }, DECLINED_CARD);
    // The server sees the end of an exchange a moment after the client.
    while (lines().length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(lines()).toEqual([
      expect.stringMatching(/^cut ran \d+ms$/),
      expect.stringMatching(/^201 replayed \d+ms$/),
      expect.stringMatching(/^422 mismatch \d+ms$/),
      expect.stringMatching(/^409 ran \d+ms$/),
    ]);
    const everything = shop.log.join('\n');
    for (const secret of ['key-', client.token!, GOOD_CARD, DECLINED_CARD])
      expect(everything).not.toContain(secret);
  });
});

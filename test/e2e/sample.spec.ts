import { SHOPS, startShop, type Shop } from './sample.app.js';
import { DECLINED_CARD, newKey, replayed, ShopClient, type Answer, type OrderJson } from './sample.client.js';

describe.each(SHOPS)('the shop on $adapter with $store', ({ adapter, store }) => {
  let shop: Shop;
  let url: string;
  let users = 0;
  const customer = () => ShopClient.login(url, `alice${++users}`);

  beforeAll(async () => {
    shop = await startShop({ adapter, store, demoFaults: false });
    url = shop.url;
  });

  afterAll(() => shop?.stop());

  describe('sessions', () => {
    it('gives a user another token each time, and both are the user [B9]', async () => {
      const [first, second] = [await ShopClient.login(url, 'bob'), await ShopClient.login(url, 'bob')];
      expect(first.token).not.toBe(second.token);
      const key = newKey();
      const order = await first.order([{ sku: 'mug', quantity: 1 }], { key });
      const retry = await second.order([{ sku: 'mug', quantity: 1 }], { key });
      expect(retry.bytes).toEqual(order.bytes);
      expect(replayed(retry)).toBe(true);
      expect(await second.list('/orders')).toHaveLength(1);
    });

    it('answers 401 to who has none, or a changed one, and /health to anyone [B44]', async () => {
      const key = newKey();
      const { token } = await customer();
      for (const client of [new ShopClient(url), new ShopClient(url, `${token}x`)]) {
        for (const path of ['/products', '/orders', '/orders/1', '/payments']) {
          expect((await client.get(path)).status).toBe(401);
        }
        for (const path of ['/orders', '/orders/1/payments', '/orders/1/refunds', '/orders/1/invoice']) {
          const answer = await client.post(path, {}, { key });
          expect(answer.status).toBe(401);
          expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        }
      }
      expect((await new ShopClient(url).get('/health')).status).toBe(200);
    });

    it('wants a user', async () => {
      expect((await new ShopClient(url).post('/sessions', {})).status).toBe(400);
    });
  });

  describe('orders', () => {
    it('shows what there is to buy', async () => {
      const [product] = await (await customer()).list('/products');
      expect(Object.keys(product!).sort()).toEqual(['currency', 'name', 'price', 'sku', 'stock']);
    });

    it('places an order and says where it is', async () => {
      const client = await customer();
      const answer = await client.order([
        { sku: 'mug', quantity: 2 },
        { sku: 'shirt', quantity: 1 },
      ]);
      const order = answer.json<OrderJson>();
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toBe(`/orders/${order.id}`);
      expect(order).toMatchObject({ total: 4990, currency: 'EUR', status: 'pending' });
      expect(Object.keys(order).sort()).toEqual(['createdAt', 'currency', 'id', 'items', 'status', 'total']);
      expect((await client.get(`/orders/${order.id}`)).json()).toEqual(order);
      expect(await client.list('/orders')).toEqual([order]);
    });

    it('answers a retry with the first answer, and takes the stock once', async () => {
      const client = await customer();
      const key = newKey();
      const before = await client.stock('mug');
      const first = await client.order([{ sku: 'mug', quantity: 3 }], { key });
      const retry = await client.order([{ sku: 'mug', quantity: 3 }], { key });
      expect([first.status, retry.status]).toEqual([201, 201]);
      expect(retry.bytes).toEqual(first.bytes);
      expect(retry.headers.get('location')).toBe(first.headers.get('location'));
      expect([replayed(first), replayed(retry)]).toEqual([false, true]);
      expect(await client.stock('mug')).toBe(before - 3);
      expect(await client.list('/orders')).toHaveLength(1);
    });

    it('refuses a request without a key [B1]', async () => {
      const answer = await (await customer()).order([{ sku: 'mug', quantity: 1 }], {});
      expect(answer.status).toBe(400);
      expect(answer.json().code).toBe('IDEMPOTENCY_KEY_MISSING');
    });

    it('refuses a key that was used for another order [B11]', async () => {
      const client = await customer();
      const key = newKey();
      await client.order([{ sku: 'mug', quantity: 1 }], { key });
      const answer = await client.order([{ sku: 'mug', quantity: 2 }], { key });
      expect(answer.status).toBe(422);
      expect(answer.json().code).toBe('IDEMPOTENCY_KEY_REUSED');
    });

    it.each([
      { items: [] },
      { items: [null] },
      { items: [{ sku: 'mug' }] },
      { items: [{ sku: 'mug', quantity: 0 }] },
      { items: [{ sku: 'mug', quantity: 1.5 }] },
      { items: [{ sku: 'mug', quantity: 1, price: 1 }] },
      {
        items: [
          { sku: 'mug', quantity: 1 },
          { sku: 'mug', quantity: 1 },
        ],
      },
    ])('answers 400 to %j, and lets the corrected request have the key [B43]', async (body) => {
      const client = await customer();
      const key = newKey();
      expect((await client.post('/orders', body, { key })).status).toBe(400);
      expect((await client.order([{ sku: 'mug', quantity: 1 }], { key })).status).toBe(201);
    });

    it('never sells what it does not have, and says so again to a retry', async () => {
      const client = await customer();
      const left = await client.stock('poster');
      const key = newKey();
      const first = await client.order([{ sku: 'poster', quantity: left + 1 }], { key });
      const retry = await client.order([{ sku: 'poster', quantity: left + 1 }], { key });
      expect([first.status, retry.status]).toEqual([409, 409]);
      expect(first.headers.get('content-type')).toContain('application/problem+json');
      expect(first.json()).toMatchObject({ code: 'OUT_OF_STOCK', status: 409 });
      expect(retry.bytes).toEqual(first.bytes);
      expect(await client.stock('poster')).toBe(left);
      expect(await client.list('/orders')).toEqual([]);
    });

    it('sells the last pieces to one of several who want them at once', async () => {
      const client = await customer();
      const left = await client.stock('poster');
      const answers = await Promise.all(
        [0, 1, 2].map(() => client.order([{ sku: 'poster', quantity: left }])),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      expect(await client.stock('poster')).toBe(0);
    });

    it('does not know products it does not sell', async () => {
      const answer = await (await customer()).order([{ sku: '__proto__', quantity: 1 }]);
      expect(answer.status).toBe(422);
      expect(answer.json().code).toBe('UNKNOWN_PRODUCT');
    });

    it("hides a customer's order, and keys, from another customer [B8]", async () => {
      const [owner, other] = [await customer(), await customer()];
      const order = await owner.mug();
      const answers = [
        await other.get(`/orders/${order.id}`),
        await other.pay(order),
        await other.post(`/orders/${order.id}/refunds`, { amount: 1 }, { key: newKey() }),
        await other.post(`/orders/${order.id}/invoice`, undefined, { key: newKey() }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);

      const key = newKey();
      const mine = await owner.order([{ sku: 'mug', quantity: 1 }], { key });
      const theirs = await other.order([{ sku: 'mug', quantity: 1 }], { key });
      expect([mine.status, theirs.status]).toEqual([201, 201]);
      expect(mine.json().id).not.toBe(theirs.json().id);
    });
  });

  describe('payments', () => {
    it('charges once, however often it is asked', async () => {
      const client = await customer();
      const order = await client.mug();
      const key = newKey();
      const first = await client.pay(order, { key });
      const retry = await client.pay(order, { key });
      expect(first.status).toBe(201);
      expect(first.json()).toMatchObject({
        orderId: order.id,
        amount: 1250,
        currency: 'EUR',
        status: 'succeeded',
      });
      expect(Object.keys(first.json()).sort()).toEqual([
        'amount',
        'createdAt',
        'currency',
        'id',
        'orderId',
        'status',
      ]);
      expect(retry.bytes).toEqual(first.bytes);
      expect(replayed(retry)).toBe(true);
      expect(await client.list('/payments')).toEqual([first.json()]);
      expect((await client.get(`/orders/${order.id}`)).json().status).toBe('paid');
    });

    it('answers a declined card with 402, again to a retry, and takes another card under another key [B41]', async () => {
      const client = await customer();
      const order = await client.mug();
      const key = newKey();
      const first = await client.pay(order, { key }, DECLINED_CARD);
      const retry = await client.pay(order, { key }, DECLINED_CARD);
      expect([first.status, retry.status]).toEqual([402, 402]);
      expect(retry.bytes).toEqual(first.bytes);
      expect(retry.headers.get('content-type')).toBe(first.headers.get('content-type'));
      expect(first.headers.get('content-type')).toContain('application/problem+json');
      expect(replayed(retry)).toBe(true);
      expect(await client.list('/payments')).toEqual([]);
      expect((await client.pay(order)).status).toBe(201);
    });

    it('takes the amount of the order, in its currency, once', async () => {
      const client = await customer();
      const order = await client.mug();
      expect((await client.pay({ ...order, total: order.total + 1 })).json().code).toBe('WRONG_PAYMENT');
      expect((await client.pay({ ...order, currency: 'USD' })).json().code).toBe('WRONG_PAYMENT');
      expect((await client.pay({ ...order, total: 0 })).status).toBe(400);
      const answers = await Promise.all([client.pay(order), client.pay(order), client.pay(order)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      expect((await client.pay(order)).json().code).toBe('ORDER_ALREADY_PAID');
      expect(await client.list('/payments')).toHaveLength(1);
    });

    it('gives back what was paid, and no more', async () => {
      const client = await customer();
      const order = await client.mug();
      const refund = (amount: number, key = newKey()) =>
        client.post(`/orders/${order.id}/refunds`, { amount }, { key });
      expect((await refund(1)).json().code).toBe('ORDER_NOT_PAID');
      await client.pay(order);

      const key = newKey();
      const [first, retry] = [await refund(1000, key), await refund(1000, key)];
      expect(first.status).toBe(201);
      expect(retry.bytes).toEqual(first.bytes);
      expect((await client.list('/payments'))[0]).toMatchObject({ status: 'partially_refunded' });
      expect((await refund(251)).json().code).toBe('REFUND_TOO_LARGE');
      expect((await refund(250)).status).toBe(201);
      expect((await client.list('/payments'))[0]).toMatchObject({ status: 'refunded' });
      expect((await client.get(`/orders/${order.id}`)).json().status).toBe('refunded');
    });
  });

  describe('invoices', () => {
    it('draws a PDF once, and gives the same file to a retry [B33]', async () => {
      const client = await customer();
      const { id } = await client.mug();
      const key = newKey();
      const invoice = (ask = { key }) => client.post(`/orders/${id}/invoice`, undefined, ask);
      const [first, retry, another] = [await invoice(), await invoice(), await invoice({ key: newKey() })];
      expect(first.status).toBe(201);
      expect(first.headers.get('content-type')).toBe('application/pdf');
      expect(first.bytes.subarray(0, 5).toString()).toBe('%PDF-');
      expect(retry.bytes).toEqual(first.bytes);
      expect(retry.headers.get('content-type')).toBe('application/pdf');
      expect(retry.headers.get('content-disposition')).toBe(first.headers.get('content-disposition'));
      expect(another.headers.get('content-disposition')).not.toBe(first.headers.get('content-disposition'));
    });
  });

  it('takes no notice of X-Demo-Fault unless DEMO_FAULTS is 1', async () => {
    const answer = await (
      await customer()
    ).order([{ sku: 'mug', quantity: 1 }], { key: newKey(), fault: 'crash' });
    expect(answer.status).toBe(201);
  });
});

it.each(['memory', 'sqlite', 'redis', 'postgres'] as const)(
  'makes no second order for a key whose answer is no longer kept, with %s',
  async (store) => {
    const shop = await startShop({ adapter: 'express', store, demoFaults: false, idempotencyTtl: 300 });
    const client = await ShopClient.login(shop.url, 'alice');
    const ask = { key: newKey() };
    await client.order([{ sku: 'mug', quantity: 1 }], ask);
    let later: Answer;
    do later = await client.order([{ sku: 'mug', quantity: 1 }], ask);
    while (replayed(later));
    expect([later.status, later.json().code]).toEqual([409, 'IDEMPOTENCY_KEY_EXPIRED']);
    expect(await client.list('/orders')).toHaveLength(1);
    await shop.stop();
  },
);

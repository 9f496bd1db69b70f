// A process takes the money and is killed (kill -9) before it answers. The customer asks the other one.
import { login, say } from './customer.mjs';
import { check, proves } from './guarantee.mjs';
import { openRedis } from './redis.mjs';
import { startShops } from './shops.mjs';

/** What the page calls it. */
const ROW = /process dies after the effect, before the save/i;

const redis = await openRedis();
const shops = await startShops(redis.url, { IDEMPOTENCY_LEASE_MS: '1000' });
try {
  const { a, b } = shops;
  const customer = await login(a);
  const { json: order } = await customer.post(a, '/orders', 'order', {
    items: [{ sku: 'mug', quantity: 1 }],
  });
  const path = `/orders/${order.id}/payments`;
  const payment = { amount: order.total, currency: order.currency, card: '4242424242424242' };

  await customer.post(a, path, 'pay', payment, 'crash');
  const [, signal] = await a.ended;
  say(`A is gone (${signal}). It had taken the money.`);
  const answer = await customer.retry(b, path, 'pay', payment);
  const again = await customer.post(b, path, 'pay', payment);
  const charges = await customer.list(b, '/payments');
  say(`Charges: ${charges.length}.`);

  check(charges.length === 1, 'the customer is charged once');
  check(again.text === answer.text, 'what is answered stays answered');
  if (answer.json.code === 'IDEMPOTENCY_UNCERTAIN') {
    proves(
      ROW,
      'Nobody runs the handler again by itself: what became of the payment is for somebody to find out.',
    );
  } else {
    check(answer.status === 201 && again.replayed, 'the key is usable when the lease is over');
    proves(
      ROW,
      'The key was usable when the lease (1 s) was over. The handler ran a second time; the steps of the first time were recorded, which kept it from charging twice.',
    );
  }
} finally {
  await shops.stop();
  await redis.stop();
}

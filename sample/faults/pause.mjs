// Redis does not answer for three seconds (CLIENT PAUSE): what clients get meanwhile, and afterwards.
import { Redis } from 'ioredis';
import { login, say } from './customer.mjs';
import { check, proves } from './guarantee.mjs';
import { openRedis } from './redis.mjs';
import { executions, startShops } from './shops.mjs';

const redis = await openRedis();
const shops = await startShops(redis.url);
const admin = new Redis(redis.url);
try {
  const { a, b } = shops;
  const customer = await login(a);
  const order = { items: [{ sku: 'mug', quantity: 1 }] };
  const first = await customer.post(a, '/orders', 'before', order);

  await admin.client('PAUSE', 3_000, 'ALL');
  say('CLIENT PAUSE 3000');
  const refused = await Promise.all([
    customer.post(a, '/orders', 'before', order),
    customer.post(b, '/orders', 'new', order),
  ]);
  const over = await admin.ping();
  say(`Redis answers again: ${over}`);
  const replay = await customer.retry(b, '/orders', 'before', order);
  const fresh = await customer.retry(b, '/orders', 'new', order);

  check(
    refused.every(({ json }) => json.code === 'IDEMPOTENCY_STORE_UNAVAILABLE'),
    'who asks a store that does not answer gets 503',
  );
  check(replay.replayed && replay.text === first.text, 'what was answered before is replayed');
  check(fresh.status === 201, 'the key that was refused is usable');
  await shops.stop();
  check(executions(shops, '/orders') === 2, 'two keys, two executions');
  proves(
    /store takes the claim, and its reply is lost/i,
    'While the store does not answer nothing runs: 503 within its timeout (1 s). The claim that reached Redis all the same was taken back, and the key worked afterwards.',
  );
} finally {
  admin.disconnect();
  await shops.stop();
  await redis.stop();
}

// A process is stopped (kill -STOP) longer than its lease, another one takes over, and the first one goes on (-CONT).
import { login, say } from './customer.mjs';
import { check, proves } from './guarantee.mjs';
import { openRedis } from './redis.mjs';
import { startShops } from './shops.mjs';

const redis = await openRedis();
const shops = await startShops(redis.url, { IDEMPOTENCY_LEASE_MS: '1000' });
try {
  const { a, b } = shops;
  const customer = await login(a);
  const order = { items: [{ sku: 'mug', quantity: 1 }] };

  const slow = customer.post(a, '/orders', 'order', order, 'delay=500');
  // B is told that A runs: now A has the lease.
  while ((await customer.post(b, '/orders', 'order', order)).json.code !== 'IDEMPOTENCY_IN_PROGRESS');
  a.child.kill('SIGSTOP');
  say('kill -STOP A');
  const answer = await customer.retry(b, '/orders', 'order', order);
  a.child.kill('SIGCONT');
  say('kill -CONT A');
  const late = await slow;

  if (answer.json.code === 'IDEMPOTENCY_UNCERTAIN') {
    const retry = await customer.retry(b, '/orders', 'order', order);
    check(late.status === 201 && retry.replayed, 'the late attempt, which nobody replaced, is recorded');
  } else {
    check(answer.status === 201, 'B takes over when the lease is over');
    check(
      late.text === answer.text && late.status === 201,
      'both clients have the same answer, byte for byte',
    );
  }
  const retry = await customer.post(a, '/orders', 'order', order);
  check(retry.replayed, 'and so has everybody who asks again');
  say(`Orders: ${(await customer.list(b, '/orders')).length}.`);
  proves(
    /process is paused.* past its lease/i,
    'A was paused past its lease, and B took over. A could not save what it did, and its client got the answer of B.',
  );
} finally {
  await shops.stop();
  await redis.stop();
}

// At-most-once: a process is killed (kill -9) when the bank has paid. Nobody pays again; an operator asks the bank, and says so.
import { startBank } from './bank.mjs';
import { customer as withoutLogin, say } from './customer.mjs';
import { check, proves } from './guarantee.mjs';
import { openRedis } from './redis.mjs';
import { startShops } from './shops.mjs';

const redis = await openRedis();
const bank = await startBank(() => shops.a.child.kill('SIGKILL'));
const env = { IDEMPOTENCY_LEASE_MS: '1000', BANK_URL: bank.url };
const shops = await startShops(redis.url, env, 'faults/payouts.js');
try {
  const { a, b } = shops;
  const customer = withoutLogin();
  const key = `payout-${process.pid}`;
  const payout = { amount: 100 };

  await customer.post(a, '/payouts', key, payout);
  const [, signal] = await a.ended;
  say(`A is gone (${signal}). The bank had paid.`);
  const uncertain = await customer.retry(b, '/payouts', key, payout);
  const { reference } = uncertain.json;
  check(uncertain.json.code === 'IDEMPOTENCY_UNCERTAIN', 'when the lease is over, the key is uncertain');

  const records = await customer.list(b, '/operations/uncertain');
  const record = records.find((one) => one.reference === reference);
  check(record?.attempt === 1, 'the record is on the list of what is uncertain');
  say(`On B's list: ${record?.operation}, attempt ${record?.attempt}, reference ${reference.slice(0, 12)}…`);
  const paid = bank.transfers.find((transfer) => transfer.reference === reference);
  say(`The bank on ${reference.slice(0, 12)}…: ${paid.amount} paid, ${paid.id}`);

  const resolution = { body: { id: paid.id, amount: paid.amount }, why: `the bank has ${paid.id}` };
  await customer.post(b, `/operations/${reference}/completed`, undefined, resolution);
  const answer = await customer.retry(b, '/payouts', key, payout);
  say(`Transfers: ${bank.transfers.length}.`);

  check(
    answer.status === 201 && answer.replayed && answer.json.id === paid.id,
    'the customer is told the transfer',
  );
  check(bank.transfers.length === 1, 'the bank has paid once');
  proves(
    /process dies after the effect, before the save/i,
    'Nobody ran the handler again, because nobody knew whether the bank had paid. An operator found out, and from then on that was the answer.',
  );
} finally {
  await shops.stop();
  bank.stop();
  await redis.stop();
}

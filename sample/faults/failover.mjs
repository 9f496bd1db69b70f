// The master dies (kill -9) and Sentinel promotes a replica: once with all writes, and once without the last ones.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRedis } from '../../test/support/redis-server.mjs';
import { login, say } from './customer.mjs';
import { startForwarder } from './forwarder.mjs';
import { check, proves } from './guarantee.mjs';
import { executions, startShops } from './shops.mjs';

const master = await startRedis();
const replication = await startForwarder(() => master.port);
const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${replication.port}`] });
let primary = master.port;
const front = await startForwarder(() => primary);

const port = await freePort();
const config = join(replica.dir, 'sentinel.conf');
writeFileSync(
  config,
  [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor main 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds main 500',
  ].join('\n'),
);
const sentinelProcess = spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore' });
const sentinel = new Redis(port, { retryStrategy: () => 50 });
sentinel.on('error', () => undefined);
while ((await sentinel.call('SENTINEL', 'REPLICAS', 'main')).length === 0) await sleep(50);

const admin = new Redis(master.port);
admin.on('error', () => undefined);
const shops = await startShops(`redis://127.0.0.1:${front.port}`);
try {
  const { a, b } = shops;
  const customer = await login(a);
  const order = { items: [{ sku: 'mug', quantity: 1 }] };
  const kept = await customer.post(a, '/orders', 'replicated', order);
  while ((await admin.wait(1, 1_000)) === 0);
  replication.block();
  say('From now on the replica gets nothing.');
  await customer.post(a, '/orders', 'not-replicated', order);

  admin.disconnect();
  await master.stop();
  replication.cut();
  say('kill -9 the master');
  const refused = await customer.post(b, '/orders', 'replicated', order);
  const address = () => sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main');
  while (Number((await address())[1]) === primary) await sleep(50);
  primary = Number((await address())[1]);
  front.cut();
  say('Sentinel has promoted the replica.');

  const replay = await customer.retry(b, '/orders', 'replicated', order);
  const again = await customer.retry(b, '/orders', 'not-replicated', order);
  check(refused.status === 503, 'nothing runs without a store');
  check(replay.replayed && replay.text === kept.text, 'what was replicated is replayed');
  check(again.status === 201 && !again.replayed, 'what was not is unknown');
  await shops.stop();
  const ran = executions(shops, '/orders');
  say(`Executions: ${ran} for 2 keys.`);
  check(ran === 3, 'one key ran once, the other one twice');
  proves(
    /failover.* forgets that the key was claimed/i,
    'A failover loses what the replica did not have yet. A key whose record is lost is unknown, and its retry runs again.',
  );
} finally {
  sentinel.disconnect();
  sentinelProcess.kill('SIGKILL');
  await shops.stop();
  front.stop();
  replication.stop();
  await Promise.all([master.stop(), replica.stop()]);
}

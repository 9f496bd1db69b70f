// 1,000 requests that wait for the answer to one key.
import { setTimeout as sleep } from 'node:timers/promises';
import { PLATFORMS } from '../cases.mjs';
import { ORDER } from '../order.mjs';
import { fixed, table } from '../report/table.mjs';
import { over } from '../summary.mjs';
import { commandStats } from './redis-watch.mjs';
import { onAll, withServers } from './with-servers.mjs';

const WAITERS = 1000;
const SPEC = { options: { wait: 60_000 } };
/** ms in which a store must not have been asked anything more: then all wait. */
const QUIET = 500;

const counts = (server) => server.ask({ ask: 'counts' });

/** ms until which all have come, however busy the machine is. */
const PATIENCE = 60_000;

/** Until all requests are in, and the store is asked no more. */
async function allWait(server, before) {
  const begin = performance.now();
  let last = before;
  let since = performance.now();
  while (last.received - before.received < WAITERS || performance.now() - since < QUIET) {
    if (performance.now() - begin > PATIENCE) throw new Error(`${server.name}: not all requests came`);
    await sleep(20);
    const now = await counts(server);
    if (now.received !== last.received || now.acquire !== last.acquire) since = performance.now();
    last = now;
  }
}

/** How many connections to Redis or Postgres are there to be woken. The server is the only one that runs. */
async function subscriptions({ redis, pool }, { application }) {
  if (application === 'memory') return undefined;
  if (application === 'postgres') {
    const { rows } = await pool.query(`SELECT FROM pg_stat_activity WHERE query ILIKE 'listen %'`);
    return rows.length;
  }
  const list = await redis.client('LIST');
  return list.split('\n').filter((line) => /\b(sub|psub|ssub)=[1-9]/.test(line)).length;
}

/** Commands that clients have sent to Redis; nothing for another store. */
async function redisCommands({ redis }, { application }) {
  if (application === 'memory' || application === 'postgres') return undefined;
  const stats = await commandStats(redis);
  const sent = Object.keys(stats).filter((name) => /^(eval|evalsha|s?subscribe|psubscribe)$/.test(name));
  return sent.reduce((sum, name) => sum + stats[name].calls, 0);
}

async function once({ server, candidate }, { load, services }) {
  const key = `waiters-${process.hrtime.bigint()}`;
  const expect = { status: 201, bytes: 500 };
  const question = { port: server.said.port, route: '/orders', body: ORDER, key };
  const { calls } = await server.ask({ ask: 'usage' });
  await server.ask({ ask: 'hold' });
  await load.ask({ ask: 'send', name: 'owner', ...question, atLeast: 1, connections: 1, expect });
  await server.ask({ ask: 'held' });
  const before = await counts(server);
  const sentBefore = await redisCommands(services, candidate);
  const waiting = { connections: WAITERS, atLeast: WAITERS, expect: { ...expect, replayed: true } };
  await load.ask({ ask: 'send', name: 'waiters', ...question, ...waiting });
  await allWait(server, before);
  const there = await counts(server);
  const subscribed = await subscriptions(services, candidate);
  const letGo = await server.ask({ ask: 'letGo' });
  const owner = await load.ask({ ask: 'answer', name: 'owner' });
  const { requests, body, ended } = await load.ask({ ask: 'answer', name: 'waiters' });
  const after = await counts(server);
  const sent = await redisCommands(services, candidate);
  const ran = (await server.ask({ ask: 'usage' })).calls - calls;
  if (ran !== 1 || requests !== WAITERS || body !== owner.body) {
    throw new Error(`${server.name}: ${requests} waiters, and the handler ran ${ran} times`);
  }
  return {
    subscribed,
    ...(sent !== undefined && { commands: sent - sentBefore }),
    readsArriving: there.acquire + there.look - before.acquire - before.look,
    readsAfter: after.acquire + after.look - there.acquire - there.look,
    toLast: ended - letGo,
  };
}

async function of(item, context) {
  return withServers(context, [item], async ([started]) => {
    await started.server.ask({ ask: 'count' });
    // The first time warms up.
    await once(started, context);
    const passes = [];
    const { scenarioPasses: count, quick } = context.options;
    for (let i = 0; i < (quick ? 1 : count); i++) passes.push(await once(started, context));
    const { platform, candidate } = started;
    const names = ['subscribed', 'commands', 'readsArriving', 'readsAfter', 'toLast'];
    const values = names.map((name) => [
      name,
      passes[0][name] === undefined ? undefined : over(passes, (pass) => pass[name]),
    ]);
    return { platform, candidate: candidate.name, ...Object.fromEntries(values) };
  });
}

async function run(context) {
  const names = ['memory', 'redis', ...(context.options.quick ? [] : ['node-redis', 'postgres'])];
  const rows = [];
  for (const item of onAll(PLATFORMS, context.candidates(...names), SPEC)) {
    rows.push(await of(item, context));
  }
  return rows;
}

const COLUMNS = {
  platform: (row) => row.platform,
  candidate: (row) => row.candidate,
  subscriptions: (row) => fixed(0)(row.subscribed),
  'Redis commands': (row) => fixed(0)(row.commands),
  'store reads while they come': (row) => fixed(0)(row.readsArriving),
  'store reads afterwards': (row) => fixed(0)(row.readsAfter),
  'ms from completion to the last answer': (row) => fixed(0)(row.toLast),
};

const goals = (rows) =>
  rows
    .filter(({ candidate }) => candidate === 'redis')
    .flatMap(({ platform, subscribed, readsArriving, readsAfter, toLast }) => {
      const goal = (what, target, value, reached) => ({
        what: `${platform}: 1,000 waiters: ${what}`,
        ...{ target, value, reached },
      });
      const reads = readsArriving + readsAfter;
      return [
        goal('subscriptions', '1', fixed(0)(subscribed), subscribed === 1),
        goal('store reads', '≤ 5', fixed(0)(reads), reads <= 5),
        goal('completion to the last answer', '≤ 50 ms', `${fixed(0)(toLast)} ms`, toLast <= 50),
      ];
    });

export const waiters = { name: 'waiters', run, report: (rows) => table(COLUMNS, rows, 2), goals };

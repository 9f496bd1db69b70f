// What 200,000 keys with an answer of 500 bytes weigh.
import { measure } from '../measure.mjs';
import { fixed, table } from '../report/table.mjs';
import { withServers } from './with-servers.mjs';

const KEYS = 200_000;
const BARE_RECORD = 'redis, no tombstone';

const usedMemory = async (redis) => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))[1]);

/** Bytes of each kind of key by `MEMORY USAGE`, of one request's: its record, and its tombstone if it has one. */
async function keySizes(redis) {
  const [, [one]] = await redis.scan('0', 'COUNT', 1);
  const id = /\{.*\}/.exec(one)?.[0];
  const names = id ? await redis.keys(`*${id}*`) : [one];
  return Promise.all(names.sort().map((name) => redis.memory('USAGE', name, 'SAMPLES', 0)));
}

const weigh = {
  /** Reachable bytes of the process. */
  heap: ({ server }) => server.ask({ ask: 'memory' }),
  redis: (_, redis) => usedMemory(redis),
};

async function one(item, { load, services: { redis }, options }) {
  const keys = Math.min(KEYS, options.records);
  const by = item.candidate.application === 'memory' ? 'heap' : 'redis';
  await measure('first', item.server, load, { atLeast: 1000 });
  await redis.flushall();
  const before = await weigh[by](item, redis);
  const { requests } = await measure('first', item.server, load, { atLeast: keys });
  const after = await weigh[by](item, redis);
  const sizes = by === 'redis' ? await keySizes(redis) : [];
  await redis.flushall();
  return { candidate: item.candidate.name, by, keys: requests, bytes: (after - before) / requests, sizes };
}

/** Candidates, each with the options of its `@Idempotent()`. */
function weighed({ candidates }) {
  const bare = candidates('redis').map((one) => ({ ...one, name: one.name.replace('redis', BARE_RECORD) }));
  return [
    ...candidates('limit', 'redis').map((one) => [one]),
    ...bare.map((one) => [one, { tombstone: false }]),
    ...candidates('memory').map((one) => [one]),
  ];
}

async function run(context) {
  const rows = [];
  for (const [candidate, options] of weighed(context)) {
    const more = { options, nodeOptions: ['--expose-gc', '--max-old-space-size=4096'] };
    const item = { platform: 'fastify', candidate, more };
    rows.push(await withServers(context, [item], ([started]) => one(started, context)));
  }
  const limit = rows.find(({ candidate }) => candidate === 'limit');
  return rows.map((row) => (row.by === 'redis' ? { ...row, ofLimit: row.bytes / limit.bytes } : row));
}

const COLUMNS = {
  candidate: (row) => row.candidate,
  where: (row) => (row.by === 'heap' ? 'heap of the process' : 'used memory of Redis'),
  keys: (row) => fixed(0)(row.keys),
  'bytes/key': (row) => fixed(0)(row.bytes),
  '× limit': (row) => fixed(2)(row.ofLimit),
  'MEMORY USAGE': (row) => row.sizes.join(' + '),
};

const goals = (rows) =>
  rows
    .filter(({ candidate }) => candidate === 'redis' || candidate === BARE_RECORD)
    .map(({ candidate, ofLimit }) => ({
      what:
        candidate === 'redis' ? 'Redis, bytes per key with its tombstone' : 'Redis, bytes per record alone',
      target: '≤ 1.25 × limit',
      value: `${fixed(2)(ofLimit)} × limit`,
      reached: ofLimit <= 1.25,
    }));

export const keys = { name: 'keys', slow: true, run, report: (rows) => table(COLUMNS, rows, 2), goals };

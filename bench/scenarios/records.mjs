// Does a request cost more when there are more records? A server for each number of records, measured in turns.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { measure } from '../measure.mjs';
import { fixed, table } from '../report/table.mjs';
import { inPasses, over } from '../summary.mjs';
import { FILL } from './fill.mjs';
import { withServers } from './with-servers.mjs';

const LEVELS = [1e3, 1e4, 1e5, 1e6];
const WARM_UP = { atLeast: 5000, atMost: 2000 };
/** First requests make records themselves: not too many. */
const SPANS = { first: { atLeast: 1000, atMost: 5000 }, replay: { atLeast: 2000, atMost: 5000 } };

/** Where the records of each number are: databases, schemas, files of their own. */
async function placeOf({ application }, index, { services }, folder) {
  if (application === 'redis') {
    const redisUrl = `${services.redisUrl}/${index + 1}`;
    return { more: { redisUrl }, redis: new Redis(redisUrl) };
  }
  if (application === 'postgres') {
    const schema = await services.newSchema();
    return { more: { schema }, pool: services.pool, schema };
  }
  if (application === 'sqlite') {
    const file = join(folder, `${index}.db`);
    return { more: { file }, file };
  }
  return { more: { nodeOptions: ['--max-old-space-size=6144'] } };
}

async function of(candidate, levels, context, folder) {
  const { load, options, log } = context;
  const items = [];
  for (const [index, records] of levels.entries()) {
    const place = await placeOf(candidate, index, context, folder);
    items.push({ platform: 'fastify', candidate, records, place, more: place.more });
  }
  const rows = await withServers(context, items, async (started) => {
    for (const { server, place, records } of started) {
      log(`${records} records in ${candidate.name}`);
      for (const path of ['first', 'replay']) await measure(path, server, load, WARM_UP);
      const seed = () => measure('first', server, load, { atLeast: 1 }, { connections: 1 });
      await FILL[candidate.application]({ ...place, server }, records, seed);
    }
    const cases = ['first', 'replay'].flatMap((path) => started.map((item) => ({ ...item, path })));
    const one = ({ server, path }) => measure(path, server, load, SPANS[path]);
    // Caches are as warm as they get.
    for (const item of cases) await one(item);
    const passes = await inPasses(options.scenarioPasses, cases, one, log);
    return cases.map((item) => {
      const few = cases.find(({ path, records }) => path === item.path && records === levels[0]);
      return {
        ...{ store: candidate.name, path: item.path, records: item.records },
        cpuMicros: over(passes, (pass) => pass.get(item).cpu),
        cpuOfFew: over(passes, (pass) => pass.get(item).cpu / pass.get(few).cpu),
        perSecond: over(passes, (pass) => pass.get(item).perSecond),
        timeOfFew: over(passes, (pass) => pass.get(few).perSecond / pass.get(item).perSecond),
      };
    });
  });
  for (const { place } of items) {
    await place.redis?.flushdb();
    place.redis?.disconnect();
  }
  return rows;
}

async function run(context) {
  const levels = LEVELS.filter((records) => records <= context.options.records);
  const folder = mkdtempSync(join(tmpdir(), 'idempotency-bench-'));
  try {
    const rows = [];
    for (const candidate of context.candidates('memory', 'redis', 'sqlite', 'postgres')) {
      rows.push(...(await of(candidate, levels, context, folder)));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const COLUMNS = {
  store: (row) => row.store,
  path: (row) => row.path,
  records: (row) => fixed(0)(row.records),
  'CPU µs/request': (row) => fixed(0)(row.cpuMicros),
  'CPU, × with 1000': (row) => fixed(2)(row.cpuOfFew),
  'requests/s': (row) => fixed(0)(row.perSecond),
  'time, × with 1000': (row) => fixed(2)(row.timeOfFew),
};

const goals = (rows) => {
  const most = Math.max(...rows.map(({ records }) => records));
  return rows
    .filter(({ records, store }) => records === most && !store.includes('@'))
    .map(({ store, path, cpuOfFew }) => ({
      what: `${store}, ${path}, with ${most} records`,
      target: '≤ 1.10 × with 1000',
      value: `${fixed(2)(cpuOfFew)} × with 1000`,
      reached: cpuOfFew <= 1.1,
    }));
};

export const records = { name: 'records', slow: true, run, report: (rows) => table(COLUMNS, rows, 2), goals };

// How many commands a request costs Redis, and how much of its CPU.
import { prepare } from '../paths.mjs';
import { fixed, table } from '../report/table.mjs';
import { inPasses, over } from '../summary.mjs';
import { commandMicros, commandsDuring, commandStats } from './redis-watch.mjs';
import { onAll, withServers } from './with-servers.mjs';

const PATHS = ['first', 'replay', 'conflict'];
const COUNTED = 100;
const MEASURED = { full: 3000, quick: 600 };

/** Runs `use(ask)` where `ask(requests)` sends so many on this path. */
async function onPath({ server, path }, load, use) {
  const { question, finish } = await prepare(path, server, load);
  try {
    return await use((atLeast) => load.ask({ ...question, atLeast }));
  } finally {
    await finish?.();
  }
}

const countCommands = (item, { load, services: { redis } }) =>
  onPath(item, load, async (ask) => {
    let requests;
    const names = await commandsDuring(redis, async () => ({ requests } = await ask(COUNTED)));
    return names.length / requests;
  });

const measureMicros = (item, { load, services: { redis } }, atLeast) =>
  onPath(item, load, async (ask) => {
    await redis.config('RESETSTAT');
    const { requests } = await ask(atLeast);
    return commandMicros(await commandStats(redis)) / requests;
  });

async function run(context) {
  const { candidates, rivals, options, log } = context;
  const names = [
    'limit',
    'redis',
    'node-redis',
    'cache-manager',
    ...(rivals ? ['@node-idempotency/nestjs'] : []),
  ];
  return withServers(context, onAll(['fastify'], candidates(...names)), async (started) => {
    const cases = PATHS.flatMap((path) => started.map((item) => ({ ...item, path })));
    const commands = new Map();
    for (const item of cases) {
      // The first requests of a server load its scripts.
      await measureMicros(item, context, COUNTED);
      commands.set(item, await countCommands(item, context));
    }
    const requests = MEASURED[options.quick ? 'quick' : 'full'];
    const passes = await inPasses(
      options.scenarioPasses,
      cases,
      (item) => measureMicros(item, context, requests),
      log,
    );
    return cases.map((one) => {
      const limit = cases.find(({ path, candidate }) => path === one.path && candidate.name === 'limit');
      return {
        path: one.path,
        candidate: one.candidate.name,
        commands: commands.get(one),
        micros: over(passes, (pass) => pass.get(one)),
        ofLimit: over(passes, (pass) => pass.get(one) / pass.get(limit)),
      };
    });
  });
}

const COLUMNS = {
  path: (row) => row.path,
  candidate: (row) => row.candidate,
  'commands/request': (row) => fixed(2)(row.commands),
  'Redis’s CPU µs/request': (row) => fixed(1)(row.micros),
  '× limit': (row) => fixed(2)(row.ofLimit),
};

const goals = (rows) =>
  rows
    .filter(({ candidate }) => candidate === 'redis')
    .flatMap(({ path, commands, ofLimit }) => {
      const most = path === 'first' ? 2 : 1;
      return [
        {
          what: `Redis commands, ${path}`,
          target: String(most),
          value: fixed(2)(commands),
          reached: commands <= most,
        },
        {
          what: `Redis’s CPU for scripts, ${path}`,
          target: '≤ 1.50 × limit',
          value: `${fixed(2)(ofLimit)} × limit`,
          reached: ofLimit <= 1.5,
        },
      ];
    });

export const commands = { name: 'commands', run, report: (rows) => table(COLUMNS, rows, 2), goals };

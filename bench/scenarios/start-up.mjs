// How long an application with 500 routes takes to start.
import { PLATFORMS } from '../cases.mjs';
import { fixed, table } from '../report/table.mjs';
import { inPasses, over } from '../summary.mjs';
import { onAll, withServers } from './with-servers.mjs';

const EXPECTED = { status: 201, body: '{"id":"7","controller":49,"method":9}' };

/** Starts it, asks its last route (twice where that is to be a replay), and gives how long it took. */
async function start(item, context) {
  return withServers(context, [item], async ([{ server, candidate }]) => {
    const question = { port: server.said.port, route: '/many49/method9/7', body: '{}', key: 'start' };
    const ask = (expect) =>
      context.load.ask({
        ask: 'load',
        ...question,
        atLeast: 1,
        connections: 1,
        expect: { ...EXPECTED, ...expect },
      });
    await ask();
    await ask({ replayed: candidate.application === 'manyDecorated' });
    return server.said.start;
  });
}

async function run(context) {
  const names = ['500 routes, bare', '500 routes, module imported', '500 routes, all decorated'];
  const items = onAll(PLATFORMS, context.candidates(...names));
  const passes = await inPasses(
    context.options.scenarioPasses,
    items,
    (item) => start(item, context),
    context.log,
  );
  return items.map((one) => {
    const bare = items.find(
      ({ platform, candidate }) => platform === one.platform && candidate.application === 'manyBare',
    );
    return {
      platform: one.platform,
      candidate: one.candidate.name,
      ms: over(passes, (pass) => pass.get(one).ms),
      cpuMillis: over(passes, (pass) => pass.get(one).cpu),
      addedMillis: over(passes, (pass) => pass.get(one).cpu - pass.get(bare).cpu),
      ofBare: over(passes, (pass) => pass.get(one).cpu / pass.get(bare).cpu),
    };
  });
}

const COLUMNS = {
  platform: (row) => row.platform,
  application: (row) => row.candidate,
  'ms until it listens': (row) => fixed(0)(row.ms),
  'CPU ms': (row) => fixed(0)(row.cpuMillis),
  'added ms': (row) => fixed(0)(row.addedMillis),
  '× bare': (row) => fixed(2)(row.ofBare),
};

export const startUp = {
  name: 'start-up',
  slow: true,
  run,
  report: (rows) => table(COLUMNS, rows, 2),
  goals: () => [],
};

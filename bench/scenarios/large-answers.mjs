// Answers of 1 MB, one request at a time: what they cost, and how long they keep the event loop from anything else.
import { PLATFORMS } from '../cases.mjs';
import { measure } from '../measure.mjs';
import { fixed, table } from '../report/table.mjs';
import { inPasses, over } from '../summary.mjs';
import { onAll, withServers } from './with-servers.mjs';

const ANSWER = { answerBytes: 1_000_000, connections: 1, watchLoop: true };
const SPAN = { full: { atLeast: 60, atMost: 10_000 }, quick: { atLeast: 15, atMost: 3_000 } };

function summarize(cases, passes) {
  return cases.map((one) => {
    const { platform, candidate, path } = one;
    const limit = cases.find(
      (other) =>
        other.platform === platform && other.path === path && other.candidate.application === 'limit',
    );
    return {
      platform,
      path,
      candidate: candidate.name,
      cpuMicros: over(passes, (pass) => pass.get(one).cpu),
      ofLimit: over(passes, (pass) => pass.get(one).cpu / pass.get(limit).cpu),
      longestBlock: over(passes, (pass) => pass.get(one).longestBlock),
    };
  });
}

async function run(context) {
  const { candidates, services, load, options, log } = context;
  const span = SPAN[options.quick ? 'quick' : 'full'];
  const names = ['bare', 'limit', 'memory', 'redis', ...(options.quick ? [] : ['node-redis', 'postgres'])];
  const items = onAll(PLATFORMS, candidates(...names), { answerBytes: ANSWER.answerBytes });
  return withServers(context, items, async (started) => {
    const cases = started.flatMap((item) =>
      (item.candidate.name === 'bare' ? ['first'] : ['first', 'replay']).map((path) => ({ ...item, path })),
    );
    const one = async ({ server, path }) => {
      await services.redis.flushall();
      return measure(path, server, load, span, ANSWER);
    };
    for (const item of cases) await one(item);
    const passes = await inPasses(options.scenarioPasses, cases, one, log);
    await services.redis.flushall();
    return summarize(cases, passes);
  });
}

const COLUMNS = {
  platform: (row) => row.platform,
  path: (row) => row.path,
  candidate: (row) => row.candidate,
  'CPU µs/request': (row) => fixed(0)(row.cpuMicros),
  '× limit': (row) => fixed(2)(row.ofLimit),
  'longest block, ms': (row) => fixed(1)(row.longestBlock),
};

const goals = (rows) =>
  rows
    .filter(({ candidate }) => candidate === 'redis')
    .flatMap(({ platform, path, ofLimit, longestBlock }) => [
      ...(path === 'replay'
        ? [
            {
              what: `${platform}: 1 MB, redis, replay`,
              target: '≤ 1.10 × limit',
              value: `${ofLimit.toFixed(2)} × limit`,
              reached: ofLimit <= 1.1,
            },
          ]
        : []),
      {
        what: `${platform}: 1 MB, redis, ${path}: event loop blocked`,
        target: '≤ 5 ms',
        value: `${longestBlock.toFixed(1)} ms`,
        reached: longestBlock <= 5,
      },
    ]);

export const largeAnswers = {
  name: 'large-answers',
  run,
  report: (rows) => table(COLUMNS, rows, 3),
  goals,
};

// All cases, measured in turns.
import { measure } from './measure.mjs';
import { inPasses, summarize } from './summary.mjs';

/** Measures the cases, and gives their rows and the measurements of each pass. */
export async function measureCases(cases, { services, load, startServer, options, log }) {
  const keyOf = ({ platform, candidate }) => `${platform} ${candidate.name}`;
  const servers = new Map();

  async function one(item, span) {
    await services.redis.flushall();
    return measure(item.path, servers.get(keyOf(item)), load, span);
  }

  const warmUp = { atLeast: options.warmUp, atMost: options.warmUpMs };
  try {
    const left = [...new Map(cases.map((item) => [keyOf(item), item])).entries()];
    const startNext = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const [key, { platform, candidate }] = next;
        servers.set(key, await startServer(platform, candidate));
      }
    };
    await Promise.all([startNext(), startNext()]);
    log(`${servers.size} servers, ${cases.length} cases: warming up`);
    for (const item of cases) await one(item, warmUp);
    const passes = await inPasses(options.passes, cases, (item) => one(item, { ms: options.ms }), log);
    const raw = cases.map((item) => ({
      ...{ platform: item.platform, path: item.path, candidate: item.candidate.name },
      passes: passes.map((measured) => measured.get(item)),
    }));
    return { rows: summarize(cases, passes), raw };
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

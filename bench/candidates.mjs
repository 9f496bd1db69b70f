// The candidates as the command line and the tables name them.
const ROOT = 'root';
const NEST_10 = 'rivals';

/**
 * `application` is what server/candidates.mjs calls it. `home` says with whose packages it runs: this project's or those of
 * rivals/, which have an older Nest; `limit` and `bare` are what it is compared with there. `ours` has this library
 * in it, and is measured for each `--against` as well.
 */
export const CANDIDATES = {
  bare: { application: 'bare', home: ROOT },
  undecorated: { application: 'undecorated', home: ROOT, ours: true },
  interceptor: { application: 'interceptor', home: ROOT },
  limit: { application: 'limit', home: ROOT },
  memory: { application: 'memory', home: ROOT, ours: true },
  redis: { application: 'redis', home: ROOT, ours: true },
  // Not `ours`: builds before it do not know the option, and do not start.
  'redis, replayCache': { application: 'redisReplayCache', home: ROOT },
  'node-redis': { application: 'nodeRedis', home: ROOT, ours: true },
  'cache-manager': { application: 'cacheManager', home: ROOT, ours: true },
  sqlite: { application: 'sqlite', home: ROOT, ours: true },
  postgres: { application: 'postgres', home: ROOT, ours: true },
  'bare again': { application: 'bare', home: ROOT },
  'bare (Nest 10)': { application: 'bare', home: NEST_10 },
  'limit (Nest 10)': { application: 'limit', home: NEST_10 },
  'node-redis (Nest 10)': { application: 'nodeRedis', home: NEST_10, ours: true },
  '500 routes, bare': { application: 'manyBare', home: ROOT },
  '500 routes, module imported': { application: 'manyUndecorated', home: ROOT, ours: true },
  '500 routes, all decorated': { application: 'manyDecorated', home: ROOT, ours: true },
  '@node-idempotency/nestjs': { application: 'node-idempotency', home: NEST_10 },
};

/** The candidates of that names, each of ours followed by itself with the other builds. */
export function candidatesOf(names, builds) {
  return names.flatMap((name) => {
    const candidate = { name, ...CANDIDATES[name] };
    if (!candidate.ours) return [candidate];
    return builds.map(({ label }) => ({
      ...candidate,
      name: label ? `${name} @ ${label}` : name,
      of: name,
      build: label,
    }));
  });
}

export const isRival = ({ home }) => home === NEST_10;

// Starts what the suites talk to. Real servers, on free ports, gone with the run.
import { suitesThatNeedPostgres } from '../../tools/services.mjs';
import { startPostgres } from './postgres-server.mjs';
import { startRedis } from './redis-server.mjs';

export default async function setup({ testPathPatterns } = {}) {
  if (process.env.SKIP_SERVICES === '1') return;
  globalThis.__services = [];
  await Promise.all([provideRedis(), provideDatabase(testPathPatterns?.patterns ?? [])]);
}

async function provideRedis() {
  const redis = await startRedis();
  globalThis.__services.push(redis);
  process.env.TEST_REDIS_PORT = String(redis.port);
}

/** DATABASE_URL wins. A run of a few files starts a Postgres only if one of them needs it: it takes a second. */
async function provideDatabase(patterns) {
  const asked = (suite) =>
    patterns.length === 0 || patterns.some((pattern) => new RegExp(pattern).test(suite));
  if (process.env.DATABASE_URL) {
    process.env.TEST_DATABASE_URL = process.env.DATABASE_URL;
  } else if (suitesThatNeedPostgres().some(asked)) {
    const postgres = await startPostgres({ args: ['-c', 'max_connections=200'] });
    globalThis.__services.push(postgres);
    process.env.TEST_DATABASE_URL = postgres.url;
  }
}

// Starts what the suites talk to. Real servers, on free ports, gone with the run.
import { startRedis } from './redis-server.mjs';

export default async function setup() {
  if (process.env.SKIP_SERVICES === '1') return;
  const redis = await startRedis();
  globalThis.__services = [redis];
  process.env.TEST_REDIS_PORT = String(redis.port);
}

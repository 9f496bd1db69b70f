// The Redis of a demonstration: that of REDIS_URL, or a private one that is gone afterwards.
import { startRedis } from '../../test/support/redis-server.mjs';

export async function openRedis() {
  const { REDIS_URL: url } = process.env;
  return url ? { url, stop: async () => undefined } : startRedis();
}

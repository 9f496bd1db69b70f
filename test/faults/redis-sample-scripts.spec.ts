import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildShop } from '../e2e/sample.processes.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';

const run = promisify(execFile);
const script = (name: string) => join(__dirname, '../../sample/faults', name);

describe('the scripts that show a fault', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    buildShop();
    redis = await startRedis();
  }, 240_000);
  afterAll(() => redis.stop());

  it.each(['kill.mjs', 'stop.mjs', 'uncertain.mjs'])(
    '%s finds what docs/guarantees.md promises',
    async (name) => {
      // Rejects when the script exits with an error.
      const { stdout, stderr } = await run(process.execPath, [script(name)], {
        env: { ...process.env, REDIS_URL: redis.url },
      });
      expect(stderr).not.toContain('NOT AS PROMISED');
      expect(stdout).toMatch(/ 201 replayed .*\n[\s\S]*docs\/guarantees\.md: ".+"\n$/);
    },
    60_000,
  );
});

// `npm run test:chaos -- --minutes 10 --seed 42`: real servers, a real Redis, and every fault there is, for a while; then
// a checker goes through everything that happened. Exit code 1 when a promise was broken. Options: `--help`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { provideRedis } from './services.mjs';
import { transpileChaos } from '../test/chaos/transpile.mjs';

const missing = provideRedis();
if (missing) {
  console.error(missing);
  process.exit(1);
}
const main = join(transpileChaos(), 'main.js');
const { status } = spawnSync(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);

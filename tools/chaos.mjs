// `npm run test:chaos -- --minutes 10 --seed 42`: real servers, a real Redis, and every fault there is, for a while; then
// a checker goes through everything that happened. Exit code 1 when a promise was broken. Options: `--help`.
import { spawnSync } from 'node:child_process';
import { provideRedis } from './services.mjs';
import { bundle } from '../test/support/bundle.mjs';

const missing = provideRedis();
if (missing) {
  console.error(missing);
  process.exit(1);
}
// It starts the servers that lie beside it.
bundle('test/chaos/chaos-app.ts');
const main = bundle('test/chaos/main.ts');
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);

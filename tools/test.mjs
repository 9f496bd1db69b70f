// `npm test`: provides what the suites need, builds the package (some suites run built code), runs Jest, reports.
// Arguments are Jest's: `npm test -- test/e2e/keys`. CI=true refuses skipped tests; SKIP_SERVICES=1 leaves out suites.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  providePgbouncer,
  providePostgres,
  provideRedis,
  skipsServices,
  suitesThatNeedServices,
} from './services.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';
const nestCli = join(dirname(require.resolve('@nestjs/cli/package.json')), 'bin/nest.js');
const report = join(root, '.data/test-report.json');

function stop(reason) {
  console.error(reason);
  process.exit(1);
}

function node(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}

/** Whether any source is newer than what was built last. */
function isBuildStale() {
  const built = join(root, 'dist/cjs/package.json');
  if (!existsSync(built)) return true;
  const { mtimeMs } = statSync(built);
  const sources = readdirSync(join(root, 'lib'), { recursive: true }).map((name) => join('lib', name));
  return [...sources, 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.cjs.json'].some(
    (file) => statSync(join(root, file)).mtimeMs > mtimeMs,
  );
}

function isSampleStale() {
  const main = join(root, 'dist/sample/main.js');
  if (!existsSync(main)) return true;
  const { mtimeMs } = statSync(main);
  const sources = ['lib', 'sample'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  return sources.some((file) => statSync(join(root, file)).mtimeMs > mtimeMs);
}

function sayWhatIsLeftOut() {
  const suites = suitesThatNeedServices();
  console.warn(`\nSKIP_SERVICES=1: ${suites.length} suites that need Redis or Postgres are NOT run:`);
  for (const suite of suites) console.warn(`  - ${suite}`);
}

if (skipsServices && isCi) stop('SKIP_SERVICES=1 is refused in CI: every suite is run there.');
if (!skipsServices) {
  const missing = provideRedis() ?? providePostgres() ?? providePgbouncer();
  if (missing) stop(missing);
}
if (isBuildStale() && node('tools/build.mjs') !== 0) stop('The build failed.');
// Several suites start it as processes; built by the first of them, it would vanish under the others.
if (isSampleStale() && node(nestCli, 'build', 'shop') !== 0) stop('The sample does not compile.');

mkdirSync(dirname(report), { recursive: true });
rmSync(report, { force: true });
const status = node(
  // Suites make much that is soon garbage: fewer, larger collections of it.
  '--max-semi-space-size=32',
  join(dirname(require.resolve('jest/package.json')), 'bin/jest.js'),
  // Twice the cores it is made for: many suites wait for leases, servers and processes.
  '--maxWorkers=4',
  '--json',
  `--outputFile=${report}`,
  ...(isCi ? ['--ci'] : []),
  ...process.argv.slice(2),
);
if (skipsServices) sayWhatIsLeftOut();
if (!existsSync(report)) stop('Jest wrote no report.');

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } =
  JSON.parse(readFileSync(report, 'utf8'));
const skipped = numPendingTests + numTodoTests;
const failed = numFailedTests + numRuntimeErrorTestSuites;
console.log(`\n${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} SKIPPED` : ''}`);
if (skipped > 0 && isCi) stop('Skipped tests are failures in CI.');
process.exit(status);

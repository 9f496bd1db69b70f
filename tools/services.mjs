// What the suites need besides Node, and which of them need it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Set to 1, it leaves out the suites that need services. */
export const skipsServices = process.env.SKIP_SERVICES === '1';

const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const runs = (command, ...args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;

/** Makes sure that `redis-server` can be started; on Debian and Ubuntu root may install it. Returns what is wrong. */
export function provideRedis() {
  if (succeeds('redis-server', '--version')) return undefined;
  if (process.getuid?.() === 0 && succeeds('apt-get', '--version')) {
    console.log('redis-server is not on PATH: installing it with apt-get.');
    process.env.DEBIAN_FRONTEND = 'noninteractive';
    runs('apt-get', 'update', '-qq');
    runs('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-server');
    if (succeeds('redis-server', '--version')) return undefined;
  }
  return 'redis-server is not on PATH: install Redis 6.2 or newer (apt-get install redis-server, brew install redis), or set SKIP_SERVICES=1.';
}

/** Specs that start a Redis, or talk to the one that Jest's global setup starts; by what they and their imports say. */
export function suitesThatNeedServices() {
  const specs = readdirSync(join(root, 'test'), { recursive: true }).filter((name) =>
    name.endsWith('.spec.ts'),
  );
  return specs
    .map((name) => join(root, 'test', name))
    .filter((file) => needsServices(file))
    .map((file) => relative(root, file))
    .sort();
}

const NEEDS = /TEST_REDIS_PORT|redis-server\.mjs/;

function needsServices(file, seen = new Set()) {
  if (seen.has(file)) return false;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  if (NEEDS.test(source)) return true;
  return [...source.matchAll(/from '(\.{1,2}\/[^']+)'/g)]
    .map(([, path]) => resolve(dirname(file), path.replace(/\.js$/, '.ts')))
    .filter((path) => relative(root, path).startsWith('test/') && existsSync(path))
    .some((path) => needsServices(path, seen));
}

// What the suites need besides Node, and which of them need it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPgbouncer } from '../test/support/pgbouncer.mjs';
import { findPostgres } from '../test/support/postgres-server.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Set to 1, it leaves out the suites that need services. */
export const skipsServices = process.env.SKIP_SERVICES === '1';

const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const runs = (command, ...args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;

/** On Debian and Ubuntu root may install what is missing. */
function install(name) {
  if (process.getuid?.() !== 0 || !succeeds('apt-get', '--version')) return;
  console.log(`${name} is not there: installing it with apt-get.`);
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  runs('apt-get', 'update', '-qq');
  runs('apt-get', 'install', '-y', '-qq', '--no-install-recommends', name);
}

/** Makes sure that `redis-server` can be started. Returns what is wrong. */
export function provideRedis() {
  const there = () => succeeds('redis-server', '--version');
  if (!there()) install('redis-server');
  if (there()) return undefined;
  return 'redis-server is not on PATH: install Redis 6.2 or newer (apt-get install redis-server, brew install redis), or set SKIP_SERVICES=1.';
}

/** Makes sure that there is a Postgres to talk to, or one that can be started. Returns what is wrong. */
export function providePostgres() {
  if (process.env.DATABASE_URL) return undefined;
  if (!findPostgres()) install('postgresql');
  if (findPostgres()) return undefined;
  return 'There is no Postgres: set DATABASE_URL, install Postgres 12 or newer (apt-get install postgresql, brew install postgresql), or set SKIP_SERVICES=1.';
}

/** Makes sure that a PgBouncer can be started. Returns what is wrong. */
export function providePgbouncer() {
  if (!findPgbouncer()) install('pgbouncer');
  if (findPgbouncer()) return undefined;
  return 'pgbouncer is not on PATH: install PgBouncer (apt-get install pgbouncer, brew install pgbouncer), or set SKIP_SERVICES=1.';
}

/** Specs that talk to a Redis or a Postgres; by what they and their imports say. */
export const suitesThatNeedServices = () =>
  suitesThatNeed(/TEST_REDIS_PORT|redis-server\.mjs|TEST_DATABASE_URL|postgres-server\.mjs/);

/** Specs that talk to the Postgres that Jest's global setup starts. */
export const suitesThatNeedPostgres = () => suitesThatNeed(/TEST_DATABASE_URL/);

function suitesThatNeed(service) {
  const specs = readdirSync(join(root, 'test'), { recursive: true }).filter((name) =>
    name.endsWith('.spec.ts'),
  );
  return specs
    .map((name) => join(root, 'test', name))
    .filter((file) => needs(service, file))
    .map((file) => relative(root, file))
    .sort();
}

function needs(service, file, seen = new Set()) {
  if (seen.has(file)) return false;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  if (service.test(source)) return true;
  return [...source.matchAll(/from '(\.{1,2}\/[^']+)'/g)]
    .map(([, path]) => resolve(dirname(file), path.replace(/\.js$/, '.ts')))
    .filter((path) => relative(root, path).startsWith('test/') && existsSync(path))
    .some((path) => needs(service, path, seen));
}

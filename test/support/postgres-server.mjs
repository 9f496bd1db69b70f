// A private Postgres on a free port, in a directory of its own. Postgres does not run as root: then as somebody else.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './redis-server.mjs';
import { owner } from './system-owner.mjs';

/** Where Debian and others keep the programs of each version; the newest first. */
const versions = (home) =>
  existsSync(home)
    ? readdirSync(home)
        .sort((one, other) => Number(other) - Number(one))
        .map((version) => join(home, version, 'bin'))
    : [];

/** The directory with `initdb` and `postgres`; nothing when there is none. */
export function findPostgres() {
  const folders = [
    ...versions('/usr/lib/postgresql'),
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions('/opt/homebrew/opt'),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}

/** Makes a database directory and starts a server in it. `args` are its own (`['-c', 'max_connections=5']`). */
export async function startPostgres({ args = [] } = {}) {
  const bin = findPostgres();
  if (!bin) throw new Error('There is no Postgres: set DATABASE_URL, or install it.');
  const user = owner();
  const home = mkdtempSync(join(tmpdir(), 'idempotency-postgres-'));
  if (user.uid !== undefined) chownSync(home, user.uid, user.gid);
  const data = join(home, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...user, cwd: home, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);

  const port = await freePort();
  const options = { ...user, cwd: home, stdio: ['ignore', 'ignore', 'pipe'] };
  let child, ended;
  const start = () =>
    new Promise((resolve, reject) => {
      const own = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off'];
      child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...own, ...args], options);
      let log = '';
      ended = new Promise((done) => child.once('exit', done));
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`Postgres did not start: ${log}`)));
      child.stderr.setEncoding('utf8').on('data', (text) => {
        log = (log + text).slice(-4096);
        if (log.includes('ready to accept connections')) resolve();
      });
    });
  /** SIGINT ends all connections and then the server; SIGQUIT is a crash. */
  const halt = async (signal = 'SIGINT') => {
    child.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    start,
    halt,
    async stop() {
      await halt('SIGQUIT');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

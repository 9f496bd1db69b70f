// A private PgBouncer in transaction mode, on a free port, before a Postgres.
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './redis-server.mjs';
import { owner } from './system-owner.mjs';

/** The program; nothing when there is none. Debian keeps it where only root looks. */
export function findPgbouncer() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((file) => existsSync(file));
}

/** As the file of settings wants it, in which a quote is two. */
const quote = (text) => `'${decodeURIComponent(text).replaceAll("'", "''")}'`;

/** `url` of the Postgres behind it. `poolSize`: connections to that, for all clients together. */
export async function startPgbouncer({ url, poolSize = 2 }) {
  const program = findPgbouncer();
  if (!program) throw new Error('There is no PgBouncer: install it.');
  const user = owner();
  const home = mkdtempSync(join(tmpdir(), 'idempotency-pgbouncer-'));
  const port = await freePort();
  const { hostname, port: serverPort, username, password, pathname } = new URL(url);
  const target = [
    `host=${quote(hostname)} port=${serverPort || 5432} dbname=${quote(pathname.slice(1))} user=${quote(username)}`,
    ...(password ? [`password=${quote(password)}`] : []),
  ].join(' ');
  const settings = join(home, 'pgbouncer.ini');
  writeFileSync(
    settings,
    `[databases]
shop = ${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
`,
  );
  if (user.uid !== undefined) for (const path of [home, settings]) chownSync(path, user.uid, user.gid);
  const child = spawn(program, [settings], { ...user, cwd: home, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((done) => child.once('exit', done));
  await new Promise((resolve, reject) => {
    let log = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PgBouncer did not start: ${log}`)));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-4096);
      if (log.includes('process up')) resolve();
    });
  });
  return {
    url: `postgres://test@127.0.0.1:${port}/shop`,
    async stop() {
      // What else SIGTERM and SIGINT wait for depends on the version; there is nothing to save.
      child.kill('SIGKILL');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

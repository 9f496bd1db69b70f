// A private redis-server from PATH on a free port, in a directory of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => (resolve(data.toString().startsWith('+PONG')), socket.destroy()));
    socket.once('error', () => resolve(false));
  });

/** Starts `redis-server`; `args` are its own (`['--appendonly', 'yes']`). `stop()` ends it and removes its files. */
export async function startRedis({ port, args = [], dir } = {}) {
  port ??= await freePort();
  const home = dir ?? mkdtempSync(join(tmpdir(), 'idempotency-redis-'));
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      home,
      '--save',
      '',
      '--appendonly',
      'no',
      ...args,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let failure;
  child.once('error', (error) => (failure = error));
  for (let i = 0; !(await answers(port)); i++) {
    if (failure || child.exitCode !== null || i > 200) {
      throw new Error(`redis-server did not start: ${failure?.message ?? `exit code ${child.exitCode}`}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port,
    dir: home,
    url: `redis://127.0.0.1:${port}`,
    child,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      if (!dir) rmSync(home, { recursive: true, force: true });
    },
  };
}

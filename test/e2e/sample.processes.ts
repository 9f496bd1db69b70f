// The built sample as real processes.
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { bundle } from '../support/bundle.mjs';

const root = join(__dirname, '../..');
const main = join(root, 'dist/sample/main.js');
const migrate = join(root, 'dist/sample/migrate.js');

/** Builds the library and the sample, as far as their sources are newer than what was built. */
export function buildShop(): void {
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
  // `npm test` has built the library already; it must not vanish under the other suites.
  if (newestSource('lib') > timeOf(join(root, 'dist/cjs/package.json'))) run('tools/build.mjs');
  if (Math.max(newestSource('sample'), newestSource('lib')) < timeOf(main)) return;
  const nest = dirname(createRequire(__filename).resolve('@nestjs/cli/package.json'));
  run(join(nest, 'bin/nest.js'), 'build', 'shop');
}

function newestSource(folder: string): number {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return Math.max(
    ...names.filter((name) => name.endsWith('.ts')).map((name) => timeOf(join(root, folder, name))),
  );
}

function timeOf(file: string): number {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

/** Makes the shop's tables in a Postgres. Resolves with what it printed; rejects when it fails. */
export async function migrateShop(databaseUrl: string): Promise<string> {
  const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl };
  return (await promisify(execFile)(process.execPath, [migrate], { env })).stdout;
}

export interface ShopProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it wrote so far. */
  readonly output: readonly string[];
  /** Its exit code and the signal that ended it. */
  readonly ended: Promise<unknown>;
}

/** Starts one process of the shop on a free port. Settles when it listens. */
export async function spawnShop(env: Record<string, string>): Promise<ShopProcess> {
  const child = spawn(process.execPath, [bundle('dist/sample/main.js')], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', PORT: '0', DEMO_FAULTS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const output: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line);
      const port = /listens on http:\/\/localhost:(\d+)/.exec(line)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
    child.once('exit', () => reject(new Error(`The shop did not start:\n${output.join('\n')}`)));
  });
  return { url, child, output, ended };
}

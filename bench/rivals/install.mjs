// `node bench/rivals/install.mjs`: installs the other libraries, in a place where they meet the Nest that they are for.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RIVALS } from '../builds.mjs';

const { dependencies } = JSON.parse(readFileSync(join(RIVALS, 'package.json'), 'utf8'));

/** Whether what package.json says is there, in the very version. */
export function rivalsInstalled() {
  return Object.entries(dependencies).every(([name, version]) => {
    const file = join(RIVALS, 'node_modules', name, 'package.json');
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
}

/** Gives what npm says when it fails. */
export function installRivals() {
  const args = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', args, { cwd: RIVALS, encoding: 'utf8' });
  return status === 0 ? undefined : stderr;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problem = rivalsInstalled() ? undefined : installRivals();
  if (problem) throw new Error(problem);
}

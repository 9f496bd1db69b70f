// Which core does what: the server has one for itself; the load, Redis, Postgres and this process have the others.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const cores = availableParallelism();
const canPin = cores > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

function pin(pid, list) {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', list, String(pid)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`taskset: ${stderr}`);
}

/** Takes this process and all that it starts from now on off the server's core. */
export function pinOthers() {
  if (canPin) pin(process.pid, cores === 2 ? '1' : `1-${cores - 1}`);
}

/** Gives a process all cores, whatever it has inherited: to start on. */
export function unpin(pid) {
  if (canPin) pin(pid, `0-${cores - 1}`);
}

/** Puts a server's process on its core. */
export function pinServer(pid) {
  if (canPin) pin(pid, '0');
}

export const pinning = canPin
  ? `servers pinned to one of ${cores} cores, load, Redis and Postgres to the ${cores === 2 ? 'other' : 'others'}`
  : 'nothing was pinned to a core: there is one core only, or no taskset';

// Where and when it was measured.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { RIVALS, ROOT } from '../builds.mjs';
import { pinning } from '../pin.mjs';

function versionOf(home, name) {
  // Not every package exports its package.json.
  const file = join(home, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

const versionsOf = (home, names) => Object.fromEntries(names.map((name) => [name, versionOf(home, name)]));

const PACKAGES = [
  ...[
    '@nestjs/core',
    'express',
    'fastify',
    'ioredis',
    'redis',
    'cache-manager',
    '@keyv/redis',
    'pg',
    'libsql',
  ],
];
const RIVAL_PACKAGES = ['@nestjs/core', '@node-idempotency/nestjs', 'express', 'fastify', 'ioredis', 'redis'];

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return undefined; // Not a checkout.
  }
}

/** Machine, versions, and how busy the machine was just before. */
export function environment(services, rivals) {
  const [{ model }] = cpus();
  return {
    date: new Date().toISOString(),
    commit: commit(),
    machine: `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    pinning,
    loadAverageBefore: loadavg()[0],
    versions: {
      'nestjs-idempotency': JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
      node: process.versions.node,
      'redis-server': services.versions.redis,
      postgres: services.versions.postgres,
      ...versionsOf(ROOT, PACKAGES),
    },
    rivals: rivals ? versionsOf(RIVALS, RIVAL_PACKAGES) : undefined,
  };
}

const list = (versions) =>
  Object.entries(versions)
    .filter(([, version]) => version)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

/** The same in sentences. */
export function describe({ date, commit: built, machine, pinning: pinned, loadAverageBefore, ...env }) {
  const rest = env.rivals ? ` With Nest 10: ${list(env.rivals)}.` : '';
  return [
    `${date.slice(0, 10)}${built ? `, at ${built}` : ''}. ${machine}; ${pinned}.`,
    `Load average before the run: ${loadAverageBefore.toFixed(1)}. ${list(env.versions)}.${rest}`,
  ].join(' ');
}

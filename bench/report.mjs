// The rows as a Markdown table, and where and when they were measured.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

function versionOf(name) {
  // Not every package exports its package.json.
  const root = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(fileURLToPath(root), 'utf8')).version;
}

const PACKAGES = ['@nestjs/core', 'express', 'fastify', 'ioredis', 'rxjs'];

/** Machine, versions, and how busy the machine was just before. */
export function environment() {
  const [{ model }] = cpus();
  const [, redis] = /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }));
  return {
    date: new Date().toISOString(),
    machine: `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`,
    loadAverageBefore: loadavg()[0],
    versions: {
      'nestjs-idempotency': require('../package.json').version,
      node: process.versions.node,
      'redis-server': redis,
      ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    },
  };
}

const COLUMNS = {
  platform: (row) => row.platform,
  path: (row) => row.path,
  candidate: (row) => row.candidate,
  'requests/s': (row) => row.perSecond.toFixed(0),
  'of bare': (row) => row.perSecondOfBare.toFixed(2),
  'CPU µs/request': (row) => row.cpuMicros.toFixed(0),
  '× bare': (row) => row.cpuOfBare.toFixed(2),
  'added µs': (row) => row.addedMicros.toFixed(0),
  '× limit': (row) => row.cpuOfLimit?.toFixed(2) ?? '',
};

export function table(rows) {
  const names = Object.keys(COLUMNS);
  const lines = [names, ...rows.map((row) => names.map((name) => COLUMNS[name](row)))];
  const widths = names.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const [title, ...body] = lines.map(
    (line) =>
      `| ${line.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, i) => (i < 3 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [title, rule, ...body].join('\n');
}

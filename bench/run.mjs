// `npm run bench [-- --quick]`: what one request costs, with and without this library. See docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../test/support/redis-server.mjs';
import { casesFor } from './cases.mjs';
import { startChild } from './child.mjs';
import { measure } from './measure.mjs';
import { readOptions } from './options.mjs';
import { environment, table } from './report.mjs';
import { summarize } from './summary.mjs';

const options = readOptions();
const cases = casesFor(options.only);
const env = environment();
const redis = await startRedis();
const admin = new Redis(redis.url);
const load = await startChild('load/main.mjs');
const servers = new Map();

const serverOf = ({ platform, candidate }) => `${platform} ${candidate}`;

async function one(item, span) {
  await admin.flushdb();
  return measure(item, servers.get(serverOf(item)), load, span);
}

async function warmUp() {
  for (const item of cases) {
    const sharing = cases.filter((other) => serverOf(other) === serverOf(item)).length;
    await one(item, { atLeast: options.warmUp / sharing });
  }
}

/** All cases once, as a map from the case to its measurement. */
async function pass(order) {
  const measured = new Map();
  for (const item of order) measured.set(item, await one(item, { ms: options.ms }));
  return measured;
}

try {
  for (const item of cases) {
    if (servers.has(serverOf(item))) continue;
    const args = [item.platform, item.candidate, redis.url];
    servers.set(serverOf(item), await startChild('server/main.mjs', args, options.nodeOptions));
  }
  console.error(`${servers.size} servers, ${cases.length} cases; warming up`);
  await warmUp();
  const passes = [];
  for (let i = 0; i < options.passes; i++) {
    console.error(`pass ${i + 1} of ${options.passes}`);
    // Every other pass goes backwards, so that nobody is always the last.
    passes.push(await pass(i % 2 ? [...cases].reverse() : cases));
  }
  const rows = summarize(cases, passes);
  const raw = cases.map(({ platform, path, name }, i) => ({
    ...{ platform, path, candidate: name },
    passes: passes.map((measured) => measured.get(cases[i])),
  }));
  const { passes: count, ms } = options;
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(
    options.out,
    JSON.stringify({ ...env, passes: count, ms, warmUp: options.warmUp, rows, raw }, null, 2),
  );
  console.log(`\n${table(rows)}\n\nMedians of ${count} passes of ${ms} ms. Written to ${options.out}`);
} finally {
  await Promise.all([load, ...servers.values()].map((child) => child.stop()));
  admin.disconnect();
  await redis.stop();
}

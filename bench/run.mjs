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

/** All cases once. Every other pass goes backwards, so that nobody is always the last. */
async function pass(order, ms) {
  const measured = new Map();
  for (const one of order) {
    await admin.flushdb();
    const server = servers.get(`${one.platform} ${one.candidate}`);
    measured.set(one, await measure(one, server, load, ms));
  }
  return measured;
}

try {
  for (const { platform, candidate } of cases) {
    const name = `${platform} ${candidate}`;
    if (servers.has(name)) continue;
    servers.set(
      name,
      await startChild('server/main.mjs', [platform, candidate, redis.url], options.nodeOptions),
    );
  }
  console.error(`${servers.size} servers, ${cases.length} cases; warming up`);
  await pass(cases, options.warmUp);
  const passes = [];
  for (let i = 0; i < options.passes; i++) {
    console.error(`pass ${i + 1} of ${options.passes}`);
    passes.push(await pass(i % 2 ? [...cases].reverse() : cases, options.ms));
  }
  const rows = summarize(cases, passes);
  const raw = cases.map(({ platform, path, name }, i) => ({
    ...{ platform, path, candidate: name },
    passes: passes.map((measured) => measured.get(cases[i])),
  }));
  const { passes: count, ms, warmUp } = options;
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(options.out, JSON.stringify({ ...env, passes: count, ms, warmUp, rows, raw }, null, 2));
  console.log(`\n${table(rows)}\n\nMedians of ${count} passes of ${ms} ms. Written to ${options.out}`);
} finally {
  await Promise.all([load, ...servers.values()].map((child) => child.stop()));
  admin.disconnect();
  await redis.stop();
}

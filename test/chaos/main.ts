// The long run, in plain `node`; `tools/chaos.mjs` bundles and starts it.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Guarantee } from './history.js';
import { explain, summary } from './report.js';
import { runChaos, type ChaosSettings } from './run.js';

const USAGE = `npm run test:chaos -- [options]
  --minutes <n>      how long faults last                      (10)
  --seed <n>         the same seed, the same plan              (random)
  --clients <n>      clients in this process                   (12)
  --processes <n>    server processes                          (3)
  --platform <name>  express | fastify | mixed                 (mixed)
  --guarantee <name> at-least-once | at-most-once              (at-least-once)`;

/** How many violations are printed with the history of their key. */
const EXPLAINED = 5;

function settingsFrom(args: string[]): ChaosSettings {
  const names = ['minutes', 'seed', 'clients', 'processes', 'platform', 'guarantee'] as const;
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args, options });
  const number = (name: (typeof names)[number], otherwise: number, least: number) => {
    const value = Number(values[name] ?? otherwise);
    if (!(value >= least)) throw new Error(`--${name} is a number of at least ${least}.`);
    return value;
  };
  const oneOf = <T extends string>(name: (typeof names)[number], allowed: readonly T[], otherwise: T) => {
    const value = (values[name] ?? otherwise) as T;
    if (!allowed.includes(value)) throw new Error(`--${name} is one of ${allowed.join(', ')}.`);
    return value;
  };
  return {
    seed: number('seed', Math.floor(Math.random() * 1e9), 0),
    duration: number('minutes', 10, 0.01) * 60_000,
    clients: number('clients', 12, 1),
    servers: number('processes', 3, 1),
    platform: oneOf('platform', ['express', 'fastify', 'mixed'], 'mixed'),
    guarantee: oneOf<Guarantee>('guarantee', ['at-least-once', 'at-most-once'], 'at-least-once'),
    app: join(__dirname, 'chaos-app.js'),
  };
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  let settings: ChaosSettings;
  try {
    settings = settingsFrom(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const { seed, guarantee, platform, servers, clients, duration } = settings;
  console.log(`seed            ${seed}`);
  console.log(
    `run             ${guarantee}, ${platform}, ${servers} servers, ${clients} clients, ${duration} ms`,
  );
  const report = await runChaos(settings);
  console.log(summary(report));
  for (const violation of report.violations.slice(0, EXPLAINED))
    console.log(`\n${explain(violation, report)}`);
  console.log(`\nseed            ${seed}`);
  return report.violations.length ? 1 : 0;
}

void main().then((code) => process.exit(code));

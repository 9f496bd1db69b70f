// `npm run bench [-- --quick]`: what one request costs, with and without this library. See docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { provideBuilds } from './builds.mjs';
import { candidatesOf } from './candidates.mjs';
import { casesFor } from './cases.mjs';
import { startChild } from './child.mjs';
import { readOptions } from './options.mjs';
import { measureCases } from './passes.mjs';
import { pinOthers } from './pin.mjs';
import { environment } from './report/environment.mjs';
import { sections } from './report/sections.mjs';
import { writeDocs } from './report/write-docs.mjs';
import { provideRivals } from './rivals/provide.mjs';
import { SCENARIOS } from './scenarios/index.mjs';
import { startServices } from './services.mjs';
import { serverStarter } from './start-server.mjs';

const options = readOptions();
const began = Date.now();
const log = (message) =>
  console.error(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${message}`);

const scenarios = SCENARIOS.filter(
  ({ name, slow }) => options.only.test(`scenario ${name}`) && !(slow && options.quick),
);
const rivals = provideRivals(options, log);
const builds = provideBuilds(options.against, rivals);
const cases = casesFor(options, builds, rivals);

pinOthers();
const services = await startServices();
const load = await startChild('load', 'load/main.mjs');
const startServer = serverStarter({ services, builds, profile: options.profile });
const context = {
  ...{ services, load, startServer, options, log, rivals },
  candidates: (...names) => candidatesOf(names, builds),
};

try {
  const { passes, ms, warmUp, quick } = options;
  const result = { ...environment(services, rivals), quick, passes, ms, warmUp, scenarios: {} };
  Object.assign(result, cases.length ? await measureCases(cases, context) : { rows: [], raw: [] });
  for (const { name, run } of scenarios) {
    log(name);
    await services.redis.flushall();
    result.scenarios[name] = await run(context);
  }
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(options.out, JSON.stringify(result, null, 2));
  for (const [name, text] of sections(result)) console.log(`\n## ${name}\n\n${text}`);
  const leftOut = SCENARIOS.filter(({ slow }) => slow && options.quick).map(({ name }) => name);
  if (leftOut.length)
    console.log(`\nA quick run leaves out: the paths conflict and no key; ${leftOut.join(', ')}.`);
  if (!rivals) console.log('\nNo other library was measured: node bench/rivals/install.mjs installs them.');
  if (options.write) await writeDocs(result);
  log(`written to ${options.out}${options.write ? ', README.md and docs/performance.md' : ''}`);
} finally {
  await load.stop();
  await services.stop();
}

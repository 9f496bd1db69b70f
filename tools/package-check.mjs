// `npm run package:check`: is what would be published what the documentation says? Builds, packs, lints the package,
// and installs it in applications of every supported major of Nest.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FORMATS, installConsumer, NEST_MAJORS, PLATFORMS } from '../test/package/consumers.mjs';
import { contentProblems } from '../test/package/contents.mjs';
import { entryProblems } from '../test/package/entries.mjs';
import { packPackage } from '../test/package/pack.mjs';
import { installPrismaConsumer } from '../test/package/prisma.mjs';
import { startPostgres } from '../test/support/postgres-server.mjs';
import { providePostgres } from './services.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = { passed: 0, failed: 0 };

/** One check; gives what it made, or `undefined` when it failed. */
async function check(name, run) {
  try {
    const made = (await run()) ?? true;
    results.passed++;
    console.log(`  ok    ${name}`);
    return made;
  } catch (error) {
    results.failed++;
    console.error(`  FAIL  ${name}\n${String(error.message).replace(/^/gm, '        ')}`);
    return undefined;
  }
}

function checkProblems(name, problems) {
  return check(name, () => {
    const found = problems();
    if (found.length > 0) throw new Error(found.join('\n'));
  });
}

function tool(bin, ...args) {
  try {
    execFileSync(process.execPath, [bin, ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}` || error.message, { cause: error });
  }
}

/** The file behind a package's only command. Its package.json is read as a file: it may not be exported. */
function binOf(name) {
  const home = join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  return join(home, typeof bin === 'string' ? bin : Object.values(bin)[0]);
}

async function checkConsumer(tarball, major) {
  const consumer = await check(`[B58] Nest ${major}: installs, without any optional peer`, () =>
    installConsumer(tarball, major),
  );
  if (!consumer) return;
  for (const format of Object.keys(FORMATS)) {
    const built = await check(`Nest ${major}, ${format}: compiles`, () => consumer.build(format));
    if (!built) continue;
    for (const platform of PLATFORMS) {
      await check(`[B58] Nest ${major}, ${format}, ${platform}: replays`, () =>
        consumer.start(format, platform),
      );
    }
  }
  await check(`Nest ${major}: both formats in one process`, () => consumer.mix());
  consumer.remove();
}

/** On a Postgres of its own: it makes tables in the schema `public`. */
async function checkPrisma(tarball) {
  const consumer = await check('Prisma: installs', () => installPrismaConsumer(tarball));
  if (!consumer) return;
  const built = await check('Prisma: the program of docs/exactly-once.md compiles', async () => {
    await consumer.generate();
    await consumer.build();
  });
  const missing = providePostgres();
  const postgres = built && !missing ? await startPostgres() : undefined;
  for (const platform of PLATFORMS) {
    await check(`Prisma, ${platform}: order and answer are committed together`, () => {
      if (!postgres) throw new Error(missing ?? 'It does not compile.');
      return consumer.start(platform, postgres.url);
    });
  }
  await postgres?.stop();
  consumer.remove();
}

await check('builds, and package.json exports what was built', () => tool('tools/build.mjs'));
const packed = await check('packs', () => packPackage(root));
if (packed) {
  await checkProblems('the tarball holds what it should and nothing else', () =>
    contentProblems(root, packed.files),
  );
  await checkProblems('each entry point imports only what it may', () => entryProblems(root));
  await check('publint', () => tool(binOf('publint'), 'run', '--strict', '--pack', 'false', '.'));
  await check('are the types wrong? no', () => tool(binOf('@arethetypeswrong/cli'), packed.tarball));
  // Side by side: they mostly wait for npm.
  const { tarball } = packed;
  await Promise.all([...NEST_MAJORS.map((major) => checkConsumer(tarball, major)), checkPrisma(tarball)]);
  packed.remove();
}

mkdirSync(join(root, '.data'), { recursive: true });
writeFileSync(join(root, '.data/package-report.json'), JSON.stringify(results));
console.log(`\n${results.passed} passed, ${results.failed} failed`);
process.exitCode = results.failed > 0 ? 1 : 0;

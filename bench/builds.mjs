// Builds of this library: the one of this project, and those that `--against` names.
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
export const RIVALS = join(ROOT, 'bench/rivals');

/**
 * A build is copied below the packages that it is to run with, so that it finds those: of this project, or of rivals/.
 * It stays what it was when its directory is built again meanwhile.
 */
function copyBuild(from, to) {
  for (const file of ['package.json', 'dist/esm']) {
    if (!existsSync(join(from, file))) throw new Error(`--against: ${from} holds no build: no ${file}`);
    cpSync(join(from, file), join(to, file), { recursive: true });
  }
}

/**
 * For each directory, this project's own first: its `label` (none for our own), and where it lies for each home; for that of
 * the `rivals` only if they are there.
 */
export function provideBuilds(against, rivals) {
  const own = { label: undefined, from: ROOT };
  const others = against.map((path) => ({ label: basename(resolve(path)), from: resolve(path) }));
  const names = others.map(({ label }) => label);
  if (new Set(names).size < names.length) throw new Error(`--against: two of them are named alike: ${names}`);
  const homes = {
    root: join(ROOT, 'dist/bench-builds'),
    ...(rivals && { rivals: join(RIVALS, 'node_modules/.bench-builds') }),
  };
  return [own, ...others].map(({ label, from }, i) => ({
    label,
    libraries: Object.fromEntries(
      Object.entries(homes).map(([home, folder]) => {
        const to = join(folder, String(i));
        rmSync(to, { recursive: true, force: true });
        mkdirSync(to, { recursive: true });
        copyBuild(from, to);
        return [home, to];
      }),
    ),
  }));
}

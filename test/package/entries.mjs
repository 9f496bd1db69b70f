// Which files each entry point loads, and which packages those need: JavaScript and declarations, both formats.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const NEST = ['@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata'];

/** Packages that an entry point may import, besides Node's own modules. No optional peer is among them. */
const ALLOWED = {
  '.': [...NEST, 'class-validator', 'fastest-levenshtein'],
  './redis': ['fastest-levenshtein'],
  './cache-manager': ['fastest-levenshtein'],
  './postgres': ['fastest-levenshtein'],
  './sqlite': ['fastest-levenshtein'],
  './testing': [],
};

/** Problems, one sentence each. */
export function entryProblems(root) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const problems = [];
  const reached = new Set();
  for (const [entry, conditions] of Object.entries(exports)) {
    if (typeof conditions === 'string') continue;
    const allowed = ALLOWED[entry];
    if (!allowed) {
      problems.push(`${entry} is exported, but nothing says which packages it may import.`);
      continue;
    }
    for (const file of Object.values(conditions).flatMap((formats) => Object.values(formats))) {
      for (const { importer, name } of packagesFrom(join(root, file), reached, problems)) {
        if (!name.startsWith('node:') && !allowed.includes(packageOf(name))) {
          problems.push(`${entry} must not import "${name}", but ${relative(root, importer)} does.`);
        }
      }
    }
  }
  return [...problems, ...unreached(root, reached)];
}

function packagesFrom(entry, reached, problems) {
  const found = [];
  const seen = new Set();
  const queue = [entry];
  for (let file = queue.pop(); file; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    reached.add(file);
    if (!existsSync(file)) {
      problems.push(`${file} is imported, but was not built.`);
      continue;
    }
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) queue.push(targetOf(file, name));
      else found.push({ importer: file, name });
    }
  }
  return found;
}

/** TypeScript finds `import`, `export … from`, `import()` and `require()`, in declarations also `import('…')` types. */
function importsOf(file) {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(
    readFileSync(file, 'utf8'),
    true,
    true,
  );
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
}

function targetOf(file, name) {
  const target = resolve(dirname(file), name);
  return file.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target;
}

function packageOf(name) {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What is built is loaded by some entry point, or declares types for what is, or it is dead weight. */
function unreached(root, reached) {
  const loaded = [...reached].filter((file) => file.endsWith('.js') && existsSync(file));
  const typesOnly = loaded.flatMap((file) =>
    importsOf(file.replace(/\.js$/, '.d.ts'))
      .filter((name) => name.startsWith('.'))
      .map((name) => targetOf(file, name)),
  );
  const used = new Set([...loaded, ...typesOnly]);
  return ['dist/esm', 'dist/cjs']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
    )
    .filter((file) => file.endsWith('.js') && !used.has(file))
    .map((file) => `${relative(root, file)} is published, but no entry point loads it.`);
}

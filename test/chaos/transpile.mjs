// Transpiles the library and the chaos tests, so that plain `node` can run them as they are now.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** Below `node_modules`, where the copies find the packages that the sources find. */
const cache = join(root, 'node_modules/.cache/idempotency-chaos');

const PARTS = ['lib', 'test/chaos', 'test/model/history.ts', 'test/unit/http/seeded.ts'];
const SUPPORT = ['tcp-proxy.ts', 'fault-gate.ts', 'redis-server.mjs'].map((name) => `test/support/${name}`);

const swc = {
  swcrc: false,
  configFile: false,
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
};

const isSource = (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.endsWith('.d.ts');

function filesOf(part) {
  if (/\.\w+$/.test(part)) return [part];
  const names = readdirSync(join(root, part), { recursive: true }).filter(isSource);
  return names.map((name) => join(part, name));
}

/** The folder with the transpiled `test/chaos`. */
export function transpileChaos() {
  const sources = [...PARTS, ...SUPPORT]
    .flatMap(filesOf)
    .map((name) => [name, readFileSync(join(root, name), 'utf8')]);
  const digest = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const target = join(cache, digest);
  if (!existsSync(target)) build(sources, target);
  return join(target, 'test/chaos');
}

function build(sources, target) {
  const draft = `${target}.${process.pid}`;
  for (const [name, source] of sources) {
    const isScript = name.endsWith('.mjs');
    const file = join(draft, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, isScript ? source : transformSync(source, { ...swc, filename: name }).code);
  }
  writeFileSync(join(draft, 'package.json'), '{ "type": "commonjs" }\n');
  try {
    renameSync(draft, target);
  } catch {
    // Another test process was quicker.
    rmSync(draft, { recursive: true, force: true });
  }
}

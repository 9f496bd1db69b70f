// Transpiles the library and the child application, so that plain `node` can run them as they are now.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync, type Options } from '@swc/core';

const root = join(__dirname, '../..');
/** Below `node_modules`, where the copies find the packages that the sources find. */
const cache = join(root, 'node_modules/.cache/idempotency-child');

const swc: Options = {
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

/** Path of the transpiled `main`, a child application; `parts` are what it imports besides the library. */
export function buildChild(main = 'test/support/child-app.ts', parts: readonly string[] = []): string {
  const names = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('lib', name));
  const sources = [...names, ...parts, main].map(
    (name) => [name, readFileSync(join(root, name), 'utf8')] as const,
  );
  const digest = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const built = join(cache, digest);
  if (!existsSync(built)) build(sources, built);
  return join(built, main.replace(/\.ts$/, '.js'));
}

function build(sources: readonly (readonly [string, string])[], target: string): void {
  const draft = `${target}.${process.pid}`;
  for (const [name, source] of sources) {
    const file = join(draft, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, transformSync(source, { ...swc, filename: name }).code);
  }
  writeFileSync(join(draft, 'package.json'), '{ "type": "commonjs" }\n');
  try {
    renameSync(draft, target);
  } catch {
    // Another test process was quicker.
    rmSync(draft, { recursive: true, force: true });
  }
}

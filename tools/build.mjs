// Builds both published formats: ESM with the Nest CLI, CommonJS with tsc from the same sources.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const run = (bin, ...args) => execFileSync(process.execPath, [bin, ...args], { cwd: root, stdio: 'inherit' });

rmSync(join(root, 'dist/esm'), { recursive: true, force: true });
rmSync(join(root, 'dist/cjs'), { recursive: true, force: true });
run(join(dirname(require.resolve('@nestjs/cli/package.json')), 'bin/nest.js'), 'build');
run(require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.cjs.json');
// The package says "type": "module"; this tells Node that the second half is not.
writeFileSync(join(root, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n');

const { exports } = require('../package.json');
const missing = Object.values(exports)
  .flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(Object.values)))
  .filter((file) => !existsSync(join(root, file)));
if (missing.length > 0)
  throw new Error(`package.json exports files that the build did not make: ${missing.join(', ')}`);

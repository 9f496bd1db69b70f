// Applications that installed the tarball, one for each major of Nest, in both module formats.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const TSC = require.resolve('typescript/bin/tsc');
const TYPE_ROOTS = join(here, '../../node_modules/@types');
const NOT_INSTALLED = [
  'ioredis',
  'redis',
  'iovalkey',
  'cache-manager',
  '@nestjs/cache-manager',
  'keyv',
  'pg',
  'libsql',
  'better-sqlite3',
];

export const NEST_MAJORS = [10, 11, 12];
export const PLATFORMS = ['express', 'fastify'];
export const FORMATS = { cjs: 'commonjs', esm: 'module' };

export const json = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** A fresh project with the package and one major of Nest. */
export async function installConsumer(tarball, major) {
  const home = mkdtempSync(join(tmpdir(), `idempotency-nest-${major}-`));
  const nest = ['common', 'core', 'platform-express', 'platform-fastify'].map((name) => [
    `@nestjs/${name}`,
    `^${major}.0.0`,
  ]);
  json(join(home, 'package.json'), {
    name: `consumer-of-nest-${major}`,
    private: true,
    dependencies: {
      ...Object.fromEntries(nest),
      'nestjs-idempotency': `file:${tarball}`,
      'reflect-metadata': '^0.2.2',
      rxjs: '^7.8.1',
    },
  });
  await run(home, {}, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error');
  for (const name of NOT_INSTALLED) {
    if (existsSync(join(home, 'node_modules', name))) throw new Error(`${name} was installed, uncalled for.`);
  }
  return {
    build: (format) => build(home, format),
    start: (format, platform) => run(home, {}, process.execPath, join(format, 'app.js'), platform),
    mix: () => {
      cpSync(join(here, 'consumer/mixed.mjs'), join(home, 'mixed.mjs'));
      return run(home, {}, process.execPath, 'mixed.mjs');
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Compiles the application with the types of the package and of this major of Nest. */
function build(home, format) {
  const folder = join(home, format);
  mkdirSync(folder, { recursive: true });
  cpSync(join(here, 'consumer'), folder, { recursive: true, filter: (path) => !path.endsWith('.mjs') });
  json(join(folder, 'package.json'), { type: FORMATS[format] });
  return compile(folder);
}

/** Compiles what is there, in place. */
export function compile(folder) {
  json(join(folder, 'tsconfig.json'), {
    compilerOptions: {
      target: 'ES2022',
      module: 'NodeNext',
      strict: true,
      skipLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      useDefineForClassFields: false,
      typeRoots: [TYPE_ROOTS],
      types: ['node'],
    },
  });
  return run(folder, {}, process.execPath, TSC, '-p', '.');
}

/** Runs a command there. @throws Error with what it said when it fails */
export async function run(cwd, env, command, ...args) {
  try {
    const running = execute(command, args, {
      cwd,
      timeout: 120_000,
      env: { ...process.env, NODE_ENV: 'test', ...env },
    });
    running.child.stdin.end();
    await running;
  } catch (error) {
    throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error });
  }
}

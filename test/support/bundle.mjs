// Makes one file of an application that a test starts as a process. Loading Nest from a thousand files costs a process
// more than a second of CPU, and some suites start dozens: from one file, compiled before, it is a fifth of that.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** Below `node_modules`, where the bundles find what cannot be bundled. */
const cache = join(root, 'node_modules/.cache/idempotency-bundles');

/** Where applications and what they import live. */
const SOURCES = ['lib', 'sample', 'test/support', 'test/chaos', 'test/model', 'test/unit/http/seeded.ts'];

const isSource = (name) => /\.[cm]?[jt]s$/.test(name) && !/\.(spec|d)\.m?ts$/.test(name);

function filesOf(source) {
  if (isSource(source)) return [source];
  const names = readdirSync(join(root, source), { recursive: true, encoding: 'utf8' });
  return names.filter(isSource).map((name) => join(source, name));
}

let digest;

/** Of everything a bundle may hold. */
function digestOfSources() {
  const hash = createHash('sha256').update(process.version);
  for (const file of [...SOURCES.flatMap(filesOf).sort(), 'package-lock.json'])
    hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Path of a script that plain `node` runs as it would run `entry`: a TypeScript source, or a built file in `dist`. */
export function bundle(entry) {
  digest ??= digestOfSources();
  const home = join(cache, digest, dirname(entry));
  const script = join(home, basename(entry).replace(/\.[jt]s$/, '.js'));
  if (existsSync(script)) return script;
  mkdirSync(home, { recursive: true });
  const draft = `${script}.${process.pid}`;
  // A process of its own: bundling is asynchronous, and does not work inside Jest's realm.
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), join(root, entry), draft], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // At once, because another test process may do the same.
  renameSync(draft, script.replace(/\.js$/, '.bundle.js'));
  copyFileSync(join(root, 'test/support/bundle-start.cjs'), draft);
  renameSync(draft, script);
  return script;
}

/** TypeScript as the tests run it: bundlers know no decorator metadata. */
const typescript = (transform) => ({
  name: 'typescript',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), {
        swcrc: false,
        configFile: false,
        filename: path,
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      });
      return { contents: code, loader: 'js' };
    });
  },
});

/** They read files that lie beside them. */
const ALONE = new Set(['libsql', 'pdfkit']);

/** What Nest and others would load if it were there is looked for when it is asked for. */
const leftOut = {
  name: 'left-out',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === leftOut) return undefined;
      if (ALONE.has(path)) return { path, external: true };
      const found = await build.resolve(path, { ...rest, pluginData: leftOut });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

/** Only CommonJS can be compiled before, and has no `await` at its top: what follows the imports becomes a function. */
const awaiting = (entry) => ({
  name: 'awaiting',
  setup(build) {
    build.onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (path !== entry) return undefined;
      const source = readFileSync(path, 'utf8');
      const end = source.indexOf('\n', source.lastIndexOf('\nimport ') + 1);
      return { contents: `${source.slice(0, end)}\n(async () => {${source.slice(end)}\n})();`, loader: 'js' };
    });
  },
});

/** What modules know of themselves. */
const PLACE = {
  define: { 'import.meta.url': '$url', 'import.meta.dirname': '__dirname' },
  banner: { js: "const $url = require('node:url').pathToFileURL(__filename).href;" },
};

async function main(entry, target) {
  const [{ build }, { transform }] = await Promise.all([import('esbuild'), import('@swc/core')]);
  await build({
    entryPoints: [entry],
    outfile: target,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    ...PLACE,
    target: 'node20',
    // A script that is compiled before cannot import.
    supported: { 'dynamic-import': false },
    keepNames: true,
    logLevel: 'error',
    plugins: [typescript(transform), awaiting(entry), leftOut],
  });
}

// No top-level await: in Jest this file is CommonJS.
if (process.argv[1] === fileURLToPath(import.meta.url)) void main(process.argv[2], process.argv[3]);

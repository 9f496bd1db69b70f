// What is in the tarball: all that `exports` names, the documents, and nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXPECTED = [
  /^dist\/(esm|cjs)\/.+\.(js|d\.ts)$/,
  /^dist\/cjs\/package\.json$/,
  /^bin\/nestjs-idempotency\.mjs$/,
  /^docs\//,
  /^(README|ARCHITECTURE|CHANGELOG|CONTRIBUTING|SECURITY)\.md$/,
  /^sample\/README\.md$/,
  /^(LICENSE|package\.json)$/,
];

/** Problems, one sentence each. */
export function contentProblems(root, files) {
  const { exports, typesVersions, bin, main, types } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const named = [exports, typesVersions, bin, main, types]
    .flatMap(leaves)
    .map((path) => path.replace(/^\.\//, ''));
  const missing = [...new Set(named)].filter((path) => !files.includes(path));
  const unlinked = linksOf(readFileSync(join(root, 'README.md'), 'utf8')).filter(
    (path) => !files.includes(path),
  );
  const strange = files.filter((path) => !EXPECTED.some((pattern) => pattern.test(path)));
  const twins = files
    .filter((path) => /^dist\/(esm|cjs)\/.+\.(js|d\.ts)$/.test(path))
    .filter((path) => !files.includes(path.replace(/^dist\/(esm|cjs)/, (half) => OTHER[half])));
  return [
    ...missing.map((path) => `package.json names ${path}, which is not in the package.`),
    ...unlinked.map((path) => `README.md links to ${path}, which is not in the package.`),
    ...strange.map((path) => `${path} is in the package, but does not belong there.`),
    ...twins.map((path) => `${path} is in one format only.`),
  ];
}

const OTHER = { 'dist/esm': 'dist/cjs', 'dist/cjs': 'dist/esm' };

/** Files that a page of the project's root links to. */
function linksOf(page) {
  const targets = [...page.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map((match) => match[1]);
  return [...new Set(targets.filter((target) => !/^https?:/.test(target)))];
}

function leaves(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
}

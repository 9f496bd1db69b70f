// What is in the tarball: all that `exports` names, the documents, and nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXPECTED = [
  /^dist\/(esm|cjs)\/.+\.(js|d\.ts)$/,
  /^dist\/cjs\/package\.json$/,
  /^docs\//,
  /^(README|CHANGELOG|SECURITY)\.md$/,
  /^(LICENSE|package\.json)$/,
];

/** Problems, one sentence each. */
export function contentProblems(root, files) {
  const { exports, typesVersions, main, types } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const named = [exports, typesVersions, main, types]
    .flatMap(leaves)
    .map((path) => path.replace(/^\.\//, ''));
  const missing = [...new Set(named)].filter((path) => !files.includes(path));
  const strange = files.filter((path) => !EXPECTED.some((pattern) => pattern.test(path)));
  const twins = files
    .filter((path) => /^dist\/(esm|cjs)\/.+\.(js|d\.ts)$/.test(path))
    .filter((path) => !files.includes(path.replace(/^dist\/(esm|cjs)/, (half) => OTHER[half])));
  return [
    ...missing.map((path) => `package.json names ${path}, which is not in the package.`),
    ...strange.map((path) => `${path} is in the package, but does not belong there.`),
    ...twins.map((path) => `${path} is in one format only.`),
  ];
}

const OTHER = { 'dist/esm': 'dist/cjs', 'dist/cjs': 'dist/esm' };

function leaves(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
}

// Puts the sections of dist/bench.json into the documentation, between `<!-- from the bench: name -->` and `<!-- end -->`.
// Run by itself, it does so without measuring: `node bench/report/write-docs.mjs [dist/bench.json]`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../builds.mjs';
import { sections } from './sections.mjs';

const PAGES = ['README.md', 'docs/performance.md'];
const PLACE = /(<!-- from the bench: ([^>]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A section that this run has not measured stays as it is. Gives the names of those that have no place. */
export async function writeDocs(result) {
  const made = sections(result);
  const placed = new Set();
  for (const page of PAGES) {
    const file = join(ROOT, page);
    const text = readFileSync(file, 'utf8').replace(PLACE, (whole, begin, name, end) => {
      placed.add(name);
      return made.has(name) ? `${begin}\n${made.get(name)}\n\n${end}` : whole;
    });
    const options = await resolveConfig(file);
    writeFileSync(file, await format(text, { ...options, filepath: file }));
  }
  return [...made.keys()].filter((name) => !placed.has(name));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file = join(ROOT, 'dist/bench.json')] = process.argv.slice(2);
  await writeDocs(JSON.parse(readFileSync(file, 'utf8')));
}

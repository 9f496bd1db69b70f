import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { read, ROOT } from './markdown.js';

const scenarios = readdirSync(join(ROOT, 'bench/scenarios'))
  .flatMap((file) => [
    ...read(`bench/scenarios/${file}`).matchAll(/^\s*(?:export const .*\{ )?name: '([a-z-]+)',/gm),
  ])
  .map(([, name]) => name!);

describe('the tables of the benchmark', () => {
  it('have a place in the documentation, each one', () => {
    const places = ['README.md', 'docs/performance.md'].flatMap((page) =>
      [...read(page).matchAll(/<!-- from the bench: ([^>]+) -->\n[^<]*(?:<(?!!--)[^<]*)*<!-- end -->/g)].map(
        ([, name]) => name!,
      ),
    );
    expect(scenarios).toHaveLength(6);
    expect(places.sort()).toEqual([...scenarios, 'cost', 'machine', 'reach', 'requests'].sort());
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const ROOT = join(__dirname, '../..');

const DOCS = join(ROOT, 'docs');

/** Every page that users read, relative to the project. */
export const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .map((name) => relative(ROOT, join(DOCS, name))),
  'sample/README.md',
];

export const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** Anchors of a page's headings, as Markdown renderers make them. */
export function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ +(.*)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

/** Code blocks of one language, with the line they start on. */
export function blocksOf(text: string, language: string): { code: string; line: number }[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => ({
    code: match[1]!,
    line: text.slice(0, match.index).split('\n').length,
  }));
}

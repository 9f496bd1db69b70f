import { IDEMPOTENCY_DEFAULTS, IdempotencyErrorCode } from 'nestjs-idempotency';
import { PROBLEMS } from '../../lib/http/problems.js';
import { anchorsOf, read } from './markdown.js';

describe('docs/errors.md', () => {
  const page = read('docs/errors.md');

  it.each(Object.values(IdempotencyErrorCode))('[B45] has a section for %s', (code) => {
    expect(anchorsOf(page)).toContain(code.toLowerCase());
  });

  it.each(Object.entries(PROBLEMS))(
    'says the status of %s and whether to retry',
    (code, { status, retryAfter }) => {
      const section = page.split(`## ${code}\n`)[1]!.split('\n## ')[0]!.trim();
      expect(section).toMatch(new RegExp(`^Status ${status}`));
      expect(section.startsWith(`Status ${status} with \`Retry-After\``)).toBe(retryAfter !== undefined);
    },
  );
});

describe('README.md', () => {
  const rows = [...read('README.md').matchAll(/^\| `(\w+)`[^|]*\| ([^|]*)\|/gm)].map(
    ([, name, value]) => [name!, value!.trim()] as const,
  );

  it.each(Object.entries(IDEMPOTENCY_DEFAULTS).filter(([name]) => name !== 'problemTypeBase'))(
    'tells the default of %s',
    (name, value) => {
      const shown = rows.find(([row]) => row === name)?.[1].match(/`([^`]*)`/)?.[1];
      const text = typeof value === 'string' ? `'${value}'` : String(value);
      expect(shown?.replaceAll('_', '')).toBe(text);
    },
  );
});

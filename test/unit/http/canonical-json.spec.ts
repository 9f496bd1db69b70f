import { MAX_JSON_DEPTH, canonicalJson } from '../../../lib/http/canonical-json.js';
import { Seeded } from './seeded.js';

/** JSON text of random shape, with the members shuffled, spaced and escaped at random. */
function write(value: unknown, random: Seeded): string {
  const space = () => random.pick(['', '', ' ', '\n\t', '\r\n  ']);
  const spaced = (text: string) => space() + text + space();
  if (typeof value === 'string') return spaced(writeString(value, random));
  if (Array.isArray(value)) return spaced(`[${value.map((item) => write(item, random)).join(',')}]`);
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, item]) => spaced(writeString(name, random)) + ':' + write(item, random),
    );
    return spaced(`{${random.shuffle(members).join(',')}}`);
  }
  return spaced(String(value));
}

function writeString(text: string, random: Seeded): string {
  const units = text.split('').map((unit) => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
    const must = unit === '"' || unit === '\\' || unit < ' ';
    if (must || random.int(3) === 0) return random.pick([`\\u${hex}`, `\\u${hex.toUpperCase()}`]);
    return unit;
  });
  return `"${units.join('')}"`;
}

function make(random: Seeded, depth = 0): unknown {
  const text = () =>
    random
      .list(4, () => random.pick(['a', 'b', '"', '\\', '\n', 'é', '😀', '/', '__proto__', ':', ',']))
      .join('');
  switch (random.int(depth > 3 ? 5 : 7)) {
    case 0:
      return random.int(100) - 50;
    case 1:
      return random.pick([true, false, null]);
    case 2:
    case 3:
    case 4:
      return text();
    case 5:
      return random.list(4, () => make(random, depth + 1));
    default:
      return Object.fromEntries(random.list(4, () => [text(), make(random, depth + 1)]));
  }
}

describe('the canonical form of JSON text', () => {
  it.each([
    ['{"a":1,"b":2}', ' {\n "b" : 2 ,\t"a" : 1 }\r\n'],
    ['{"b":{"d":[1,{"f":1,"e":2}],"c":3}}', '{"b":{"c":3,"d":[1,{"e":2,"f":1}]}}'],
    ['"A/é"', '"\\u0041\\/\\u00e9"'],
    ['"\\u00E9"', '"\\u00e9"'],
    ['"😀"', '"\\ud83d\\ude00"'],
    ['"\\n"', '"\\u000a"'],
    ['{"\\u0061":1}', '{"a":1}'],
    ['\ufeff{"a":1}', '{"a":1}'],
    ['[]', '[ ]'],
    ['{}', '{ }'],
  ])('[B12] does not depend on member order, white space and escapes: %j, %j', (a, b) => {
    expect(canonicalJson(a)).toBeDefined();
    expect(canonicalJson(a)).toBe(canonicalJson(b));
  });

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['1', '1.0'],
    ['1e2', '100'],
    ['0', '-0'],
    ['1', '"1"'],
    ['[1,2]', '[2,1]'],
    ['[[1],2]', '[1,[2]]'],
    ['[]', '{}'],
    ['[]', '[[]]'],
    ['{"a":null}', '{}'],
    ['null', '"null"'],
    ['{"a":1,"a":2}', '{"a":2,"a":1}'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"a":1,"a":1}', '{"a":1}'],
    ['{"__proto__":1}', '{}'],
    ['{"__proto__":{"a":1}}', '{"a":1}'],
    ['{"constructor":1}', '{}'],
    ['{"a":"b\\",\\"c\\":\\"d"}', '{"a":"b","c":"d"}'],
    ['"\\ud800"', '"\\ud801"'],
    ['"\\ud800"', '"\\ufffd"'],
    ['"\ud800"', '"\udfff"'],
    ['"a"', '"A"'],
    ['"é"', '"e\\u0301"'],
  ])('[B13] tells apart what is not the same: %j, %j', (a, b) => {
    const forms = [canonicalJson(a), canonicalJson(b)];
    expect(forms).not.toContain(undefined);
    const bytes = forms.map((form) => Buffer.from(form ?? '').toString('hex'));
    expect(bytes[0]).not.toBe(bytes[1]);
  });

  it('keeps several members of one name in their order, however they are written', () => {
    expect(canonicalJson('{"b":0,"a":1,"\\u0061":2,"a":3}')).toBe('{"a":1,"a":2,"a":3,"b":0}');
  });

  it.each([
    '',
    ' ',
    '{',
    '[',
    '[1',
    '[1,]',
    '[,]',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    '{"a":1 "b":2}',
    '{1:1}',
    '[1}',
    '{"a":1]',
    '1 2',
    '{} x',
    'tru',
    'nul',
    'True',
    'NaN',
    'Infinity',
    'undefined',
    '01',
    '-',
    '1.',
    '.5',
    '+1',
    '1e',
    '0x1',
    '"a',
    '"',
    '"\\',
    '"\\"',
    '"\\x41"',
    '"\\u12g4"',
    '"\\u12"',
    '"a\nb"',
    '"\u0000"',
    "'a'",
    '[1] //',
    '\u00a01',
    '\ufeff\ufeff1',
  ])('is not there for what is not JSON: %j', (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(canonicalJson(text)).toBeUndefined();
  });

  it('is not there for what is nested too deeply, which exhausts nothing', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(canonicalJson(nested(MAX_JSON_DEPTH))).toBe(nested(MAX_JSON_DEPTH));
    expect(canonicalJson(nested(MAX_JSON_DEPTH + 1))).toBeUndefined();
    expect(canonicalJson(nested(10_000))).toBeUndefined();
    expect(canonicalJson('['.repeat(1_000_000))).toBeUndefined();
    expect(canonicalJson('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000))).toBeUndefined();
    const wide = `[${Array(1_000).fill('[{}]').join(',')}]`;
    expect(canonicalJson(wide)).toBe(wide);
  });

  it('[B12] [B13] is equal for all ways to write a value, and for no two values', () => {
    const random = new Seeded(1);
    const seen = new Map<string, string>();
    for (let i = 0; i < 3_000; i++) {
      const value = make(random);
      const form = canonicalJson(write(value, random)) ?? 'not JSON';
      expect(canonicalJson(write(value, random))).toBe(form);
      expect(JSON.parse(form)).toEqual(value);
      expect(canonicalJson(form)).toBe(form);
      const sorted = JSON.stringify(value, (_, member: unknown) => sortMembers(member));
      expect(seen.get(form) ?? sorted).toBe(sorted);
      seen.set(form, sorted);
    }
    expect(seen.size).toBe(new Set(seen.values()).size);
  });

  it('agrees with JSON.parse about what is JSON, for texts that are damaged at random', () => {
    const random = new Seeded(2);
    for (let i = 0; i < 5_000; i++) {
      const text = write(make(random), random);
      const at = random.int(text.length + 1);
      const damaged =
        text.slice(0, at) +
        random.pick(['', '"', ',', '\\', '0', '}', ']', ' ', '-', 'e']) +
        text.slice(at + random.int(2));
      expect([damaged, canonicalJson(damaged) !== undefined]).toEqual([damaged, isJson(damaged)]);
    }
  });
});

function sortMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

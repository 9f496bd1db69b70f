import { checkKey, readKey } from '../../../lib/http/key.js';

const key = (value: string) => ({ ok: true, key: value });
const invalid = { ok: false, reason: 'invalid' };
const missing = { ok: false, reason: 'missing' };

describe('a key in a header', () => {
  it('[B1] is missing when the header is not there', () => {
    expect(readKey(undefined)).toMatchObject(missing);
    expect(readKey([])).toMatchObject(missing);
  });

  it.each(['', ' ', '\t', ' \t ', '""', '"   "'])('[B2] is invalid when it is blank: %j', (raw) => {
    expect(readKey(raw)).toMatchObject(invalid);
  });

  it('[B2] has up to 255 characters, counted after decoding', () => {
    const longest = 'k'.repeat(255);
    expect(readKey(longest)).toEqual(key(longest));
    expect(readKey(`"${longest}"`)).toEqual(key(longest));
    expect(readKey(`"${'\\"'.repeat(255)}"`)).toEqual(key('"'.repeat(255)));
    expect(readKey(`${longest}k`)).toMatchObject(invalid);
    expect(readKey(`"${longest}k"`)).toMatchObject(invalid);
  });

  it.each([
    'a\u0000b',
    'a\nb',
    'a\r\nb',
    '\u007f',
    'clé',
    '鍵',
    'a\tb',
    '\u00a0k',
    '"a\u0001"',
    '"é"',
    '"a\tb"',
  ])('[B2] is invalid with control or non-ASCII characters: %j', (raw) => {
    expect(readKey(raw)).toMatchObject(invalid);
  });

  it.each([
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['  k\t', 'k'],
    ['two words', 'two words'],
    ['a;b=c', 'a;b=c'],
    ['a"b"', 'a"b"'],
    ['back\\slash', 'back\\slash'],
    ['a: :: / % { } *', 'a: :: / % { } *'],
    ['__proto__', '__proto__'],
  ])('takes the bare form as it is, without surrounding white space: %j', (raw, expected) => {
    expect(readKey(raw)).toEqual(key(expected));
    expect(readKey([raw])).toEqual(key(expected));
  });

  it.each([
    ['"k"', 'k'],
    [' "k"  ', 'k'],
    ['" k "', ' k '],
    ['"a\\"b"', 'a"b'],
    ['"a\\\\b"', 'a\\b'],
    ['"a,b"', 'a,b'],
    ['"a\\\\"', 'a\\'],
  ])('[B3] decodes an RFC 8941 string: %j', (raw, expected) => {
    expect(readKey(raw)).toEqual(key(expected));
  });

  it.each([
    '"k";a',
    '"k"; a=1',
    '"k";a=-1.5;b',
    '"k";*a-b_c.d=tok/en:x',
    '"k";a="x;y\\""',
    '"k";a=:aGk=:',
    '"k";a=?1;b=?0',
  ])('[B3] ignores well-formed parameters of a string: %j', (raw) => {
    expect(readKey(raw)).toEqual(key('k'));
  });

  it.each([
    '"k',
    '"k"k"',
    '"',
    '"k\\"',
    '"\\k"',
    '"k"x',
    '"k" x',
    '"k";',
    '"k";A=1',
    '"k";a=',
    '"k";a=1.2345',
    '"k";a="x',
    '"k" ;a=1',
    '"a" "b"',
  ])('[B3] is invalid when it starts a string and is not one: %j', (raw) => {
    expect(readKey(raw)).toMatchObject(invalid);
  });

  it.each(['a,b', 'a, b', 'a,', ',', '"a", "b"', '"a","a"', '"a";x=1 , b', '"a",'])(
    '[B4] is invalid when it is a list: %j',
    (raw) => {
      expect(readKey(raw)).toMatchObject({ ...invalid, detail: expect.stringContaining('list') });
    },
  );

  it('[B4] is invalid when the header came twice, also with one value', () => {
    expect(readKey(['a', 'b'])).toMatchObject(invalid);
    expect(readKey(['a', 'a'])).toMatchObject(invalid);
    expect(readKey(['a', ''])).toMatchObject(invalid);
  });

  it('[B66] is never repeated in what is said about it', () => {
    const secret = 'SECRET';
    const broken = [`"${secret}`, `${secret},${secret}`, `${secret}é`, secret.repeat(50), `"${secret}", "x"`];
    for (const raw of [...broken, [secret, secret]]) {
      const result = readKey(raw);
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain(secret);
    }
  });

  it('is read in linear time, whatever is sent', () => {
    const length = 200_000;
    const hostile = [
      '"'.padEnd(length, '\\"'),
      '"k"'.padEnd(length, ';a=1'),
      ' '.repeat(length) + '"',
      '"k";a=' + '1'.repeat(length),
    ];
    for (const raw of [...hostile, `x${' '.repeat(length)}x`, `"k"${'; '.repeat(length)}`]) {
      expect(readKey(raw).ok).toBe(false);
    }
  });
});

describe('a key from a resolver', () => {
  it('[B7] is missing when there is none', () => {
    expect(checkKey(undefined)).toMatchObject(missing);
    expect(checkKey(null)).toMatchObject(missing);
  });

  it.each([1, 1n, NaN, true, {}, [], ['k'], Symbol('k'), () => 'k', new String('k')])(
    '[B7] is invalid when it is not a string: %p',
    (value) => {
      expect(checkKey(value)).toMatchObject(invalid);
    },
  );

  it.each(['', '  ', 'é', 'a\nb', 'k'.repeat(256)])(
    '[B7] obeys the rules of length and characters: %j',
    (value) => {
      expect(checkKey(value)).toMatchObject(invalid);
    },
  );

  it.each(['evt_1', 'a,b', '"k"', ' k ', 'k'.repeat(255)])('[B7] is taken as it is: %j', (value) => {
    expect(checkKey(value)).toEqual(key(value));
  });
});

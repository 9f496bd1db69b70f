import { parse as parseQuerystring } from 'node:querystring';
import qs from 'qs';
import { canonicalQuery } from '../../../lib/http/canonical-form.js';
import { Seeded } from './seeded.js';

describe('the canonical form of a query or a form body', () => {
  it.each([
    ['', ''],
    ['a=1&b=%20', 'b=+&a=1'],
    ['a=%41%c3%a9', 'a=A%C3%A9'],
    ['a=é', 'a=%C3%A9'],
    ['a', 'a='],
    ['a=1&&b=2&', '&b=2&a=1'],
    ['%61=1', 'a=1'],
    ['a=%7e%2D', 'a=~-'],
    ['a=1&a=2&b=3', 'b=3&a=1&a=2'],
    ['a[]=1&a[]=2&b=3', 'b=3&a%5B%5D=1&a%5b%5d=2'],
    ['a[x]=1&a[y]=2', 'a[y]=2&a[x]=1'],
    ['a[1]=x&a[10]=y', 'a[10]=y&a[1]=x'],
    ['a=b=c', 'a=b%3Dc'],
    ['__proto__=1&b=2', 'b=2&__proto__=1'],
  ])('[B12] does not depend on order and encoding: %j, %j', (a, b) => {
    expect(canonicalQuery(a)).toBe(canonicalQuery(b));
  });

  it.each([
    ['a=1&a=2', 'a=2&a=1'],
    ['a=1&a=1', 'a=1'],
    ['a', ''],
    ['a', 'b'],
    ['a=1&b=2', 'a=2&b=1'],
    ['a=1&b=2', 'a=1%26b=2'],
    ['a=1&b=2', 'a%3D1%26b%3D2'],
    ['a=+', 'a=%2B'],
    ['a=%', 'a=%25'],
    ['a=%zz', 'a=%25zz'],
    ['a=%zz%20', 'a=%25zz '],
    ['a=%ff', 'a=%fe'],
    ['a=%ff', 'a=%EF%BF%BD'],
    ['a=\ud800', 'a=\ud801'],
    ['a=%E0%A4%A', 'a=%E0%A4%A0'],
    ['a=%!', 'a=%25!'],
    ['%!', '%25!'],
    ['=', ''],
    ['a=1&a[]=2', 'a[]=2&a=1'],
    ['a[0]=1&a[]=2', 'a[]=2&a[0]=1'],
    ['a=1&a[b]=2', 'a[b]=2&a=1'],
    ['a[b]=1&a[b][]=2', 'a[b][]=2&a[b]=1'],
    ['a=b]=c', 'a=b%5D%3Dc'],
    ['a=b%5D=c', 'a=b]%3Dc'],
    ['A=1', 'a=1'],
  ])('[B11] [B13] tells apart what asks something else: %j, %j', (a, b) => {
    expect(Buffer.from(canonicalQuery(a))).not.toEqual(Buffer.from(canonicalQuery(b)));
  });

  it('keeps everything as it is from 1,000 parameters on, where parsers begin to ignore some', () => {
    const many = Array.from({ length: 999 }, (_, i) => `p${i}=${i}`);
    const form = (parts: string[]) => canonicalQuery(parts.join('&'));
    expect(form(many)).toBe(form(many.toReversed()));
    expect(form([...many, 'x=1'])).not.toBe(form(['x=1', ...many]));
    expect(form([...many, ''])).not.toBe(form([...many, '', '']));
  });

  it('[B12] [B13] has equal forms only for what every parser reads alike, and never throws', () => {
    const random = new Seeded(3);
    const names = ['a', 'a[]', 'a[b]', 'a[b][]', 'a[0]', 'a%5B1%5D', 'a]', 'é', '%C3%A9', 'a%zz', 'a%25zz'];
    const values = [
      '',
      '=',
      '=1',
      '=2',
      '=b]=c',
      '=b%5D%3Dc',
      '=%zz',
      '=%25zz',
      '=%zz%20',
      '=%25zz%20',
      '=+',
      '=%2B',
    ];
    const unlike: unknown[] = [];
    const readings = new Map<string, string>();
    for (let i = 0; i < 50_000; i++) {
      const query = random.list(3, () => random.pick(names) + random.pick(values)).join('&');
      const form = canonicalQuery(query);
      const reading = readAll(query);
      if ((readings.get(form) ?? reading) !== reading) unlike.push([query, form]);
      readings.set(form, reading);
    }
    expect(unlike).toEqual([]);
  });

  it('[B12] stays the same when parameters of different names change places', () => {
    const random = new Seeded(4);
    for (let i = 0; i < 2_000; i++) {
      const names = [
        ...new Set(random.list(6, () => random.pick(['a', 'b', 'c[x]', 'c[y]', 'd[]', 'é', 'e f']))),
      ];
      const parts = names.map(
        (name) => `${encodeURIComponent(name)}=${random.int(3)}&${name}=${random.int(3)}`,
      );
      expect(canonicalQuery(random.shuffle(parts).join('&'))).toBe(canonicalQuery(parts.join('&')));
    }
  });
});

/** What the parsers of Express and Fastify, and the one of URLs, make of a query; member order aside. */
function readAll(query: string): string {
  const url: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) (url[name] ??= []).push(value);
  return JSON.stringify(
    [url, parseQuerystring(query), qs.parse(query, { allowPrototypes: true })],
    (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}

import { MAX_VALUE_DEPTH, canonicalValue } from '../../../lib/http/canonical-value.js';

class Order {
  constructor(
    readonly id: number,
    readonly note?: string,
  ) {}
}

function sparse(index: number): unknown[] {
  const list: unknown[] = [];
  list[index] = 'x';
  return list;
}

describe('the canonical form of a value', () => {
  it.each<[string, unknown, unknown]>([
    ['member order', { a: 1, b: { d: 2, c: 3 } }, { b: { c: 3, d: 2 }, a: 1 }],
    ['classes', new Order(1, 'x'), { note: 'x', id: 1 }],
    ['missing prototypes', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['undefined members', { a: 1, b: undefined }, { a: 1 }],
    ['methods and symbols', { a: 1, f: () => 1, s: Symbol('s'), [Symbol('t')]: 1 }, { a: 1 }],
    ['boxes', [new Number(1), new String('a'), new Boolean(false), Object(1n)], [1, 'a', false, 1n]],
    ['toJSON', { at: { toJSON: () => ({ b: 1, a: [2] }) } }, { at: { a: [2], b: 1 } }],
    ['a toJSON that gives something simple', { toJSON: () => 'x' }, 'x'],
    ['a toJSON that gives null', { toJSON: () => null }, null],
    ['URLs', new URL('http://a/b'), 'http://a/b'],
    ['pooled and own buffers', Buffer.from('abc'), new Uint8Array([97, 98, 99])],
    ['one object in two places', [new Order(1), new Order(1)], Array(2).fill(new Order(1))],
    ['sparse arrays', sparse(5_000), sparse(5_000)],
  ])('[B12] does not depend on %s', (_, a, b) => {
    expect(canonicalValue(a)).toBe(canonicalValue(b));
  });

  it('[B13] never makes values equal that are not', () => {
    const values: unknown[] = [
      null,
      undefined,
      'null',
      'undefined',
      '',
      0,
      -0,
      '0',
      1,
      '1',
      1n,
      '1n',
      true,
      'true',
      false,
      NaN,
      Infinity,
      -Infinity,
      [],
      {},
      [[]],
      [{}],
      [null],
      [undefined],
      [undefined, undefined],
      ['a', 'b'],
      ['a,b'],
      ['a","b'],
      ['b', 'a'],
      { a: 'b' },
      { a: null },
      { 'a":"b","c': 'd' },
      { a: 'b', c: 'd' },
      { a: { b: 1 } },
      { a: {}, b: 1 },
      JSON.parse('{"__proto__":1}'),
      JSON.parse('{"__proto__":{"a":"b"}}'),
      { constructor: 1 },
      { length: 0 },
      { 0: 'a', 1: 'b' },
      new Date(0),
      new Date(NaN),
      '1970-01-01T00:00:00.000Z',
      'Date(0)',
      new Map(),
      new Map([['a', 'b']]),
      new Map<unknown, unknown>([['a', ['b']]]),
      new Map([[1, 'b']]),
      new Set(),
      new Set(['a', 'b']),
      Buffer.alloc(0),
      Buffer.from('a'),
      Buffer.from('a').toJSON(),
      new Uint16Array([97]),
      new Uint8Array([97, 0]),
      new Uint8Array([97, 0]).buffer,
      new DataView(new ArrayBuffer(2)),
      '\ud800',
      '\ud801',
      '\ufffd',
      { '\ud800': 1 },
      { '\udfff': 1 },
      sparse(2_000),
      sparse(2_001),
      Array.from({ length: 2_001 }, () => 'x'),
    ];
    const forms = values.map((value) => Buffer.from(canonicalValue(value)).toString('latin1'));
    const seen = new Map<string, unknown>();
    for (const [index, form] of forms.entries()) {
      expect([seen.get(form), values[index]]).toEqual([undefined, values[index]]);
      seen.set(form, values[index]);
    }
  });

  it('does not walk along the length of an array that has nothing in it', () => {
    expect(canonicalValue(sparse(4_000_000_000))).toBe('[4000000001{"4000000000":"x"}]');
  });

  it.each<[string, () => unknown]>([
    ['a function', () => () => 1],
    ['a symbol', () => Symbol('s')],
    ['a list with a function', () => [() => 1]],
    ['a promise', () => Promise.resolve(1)],
    ['a regular expression', () => ({ a: /x/ })],
    ['search parameters', () => new URLSearchParams('a=1')],
    ['an error', () => new Error('x')],
  ])('is refused for %s: nothing in it could be compared', (_, make) => {
    expect(() => canonicalValue(make())).toThrow(TypeError);
  });

  it('is refused for what contains itself', () => {
    const loop: Record<string, unknown> = { a: 1 };
    loop['self'] = [{ loop }];
    expect(() => canonicalValue(loop)).toThrow(/contains itself/);
    const map = new Map<string, unknown>();
    map.set('map', map);
    expect(() => canonicalValue(map)).toThrow(/contains itself/);
    const json = { toJSON: () => ({ json }) };
    expect(() => canonicalValue(json)).toThrow(/contains itself/);
  });

  it('is refused for a toJSON that never comes to an end', () => {
    const endless = (): object => ({ toJSON: () => ({ more: endless() }) });
    const more = {
      get more(): object {
        return Object.create(
          Object.getPrototypeOf(this) as object,
          Object.getOwnPropertyDescriptors(this),
        ) as object;
      },
    };
    expect(() => canonicalValue(more)).toThrow(/too deeply/);
    expect(() => canonicalValue(endless)).toThrow(TypeError);
  });

  it('takes deep nesting as it comes', () => {
    let value: unknown = 1;
    for (let i = 0; i < 10_000; i++) value = i % 2 ? [value] : { a: value };
    expect(canonicalValue(value)).toHaveLength(1 + 5_000 * 2 + 5_000 * 6);
    for (let i = 0; i < MAX_VALUE_DEPTH; i++) value = [value];
    expect(() => canonicalValue(value)).toThrow(/too deeply/);
  });
});

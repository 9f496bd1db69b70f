import { recordId } from '../../../lib/http/record-id.js';
import { Seeded } from './seeded.js';

describe('a record id', () => {
  it('fits every store and tells nothing of the key', () => {
    expect(recordId(['user', '1'], ['Orders', 'create'], 'k')).toMatch(/^[\w-]{43}$/);
    expect(recordId([], [], '')).toMatch(/^[\w-]{43}$/);
  });

  it('[B6] is the same for the same parts, in every version: this must never change', () => {
    expect(recordId(['user', '1'], ['Orders', 'create'], 'k')).toBe(
      'DvEwIqROHJVPfQYyuQIsz4Qomwzf5IAGccHeJWjU7lE',
    );
  });

  it.each<[string, Parameters<typeof recordId>, Parameters<typeof recordId>]>([
    ['a separator in the scope or in the key', [['a:b'], [], 'c'], [['a'], [], 'b:c']],
    ['one part or two', [['a', 'b'], [], 'c'], [['ab'], [], 'c']],
    ['scope or operation', [['a', 'b'], ['c'], 'k'], [['a'], ['b', 'c'], 'k']],
    ['operation or key', [[], ['a'], 'b'], [['a'], [], 'b']],
    ['empty or no part', [[''], [], 'k'], [[], [], 'k']],
    ['where an empty part is', [['', 'a'], [], 'k'], [['a', ''], [], 'k']],
    ['something that looks like a length', [['1:a'], [], 'k'], [['1', 'a'], [], 'k']],
    ['case', [['a'], [], 'K'], [['a'], [], 'k']],
    ['characters UTF-8 has not', [['\ud800'], [], 'k'], [['\ud801'], [], 'k']],
    ['characters that look alike', [['é'], [], 'k'], [['e\u0301'], [], 'k']],
    ['wide characters and pairs of narrow ones', [['\u6161'], [], 'k'], [['aa'], [], 'k']],
  ])('[B6] tells apart %s', (_, a, b) => {
    expect(recordId(...a)).not.toBe(recordId(...b));
  });

  it.each(['__proto__', 'constructor', ': :: / % { } *', '{a}', '*', '%s'])(
    '[B6] is nothing special for %j',
    (key) => {
      expect(recordId(['u'], ['o'], key)).toMatch(/^[\w-]{43}$/);
      expect(recordId(['u'], ['o'], key)).not.toBe(recordId(['u'], ['o'], 'k'));
    },
  );

  it('[B6] [B8] is never the same for two lists of parts', () => {
    const random = new Seeded(6);
    const bits = ['', '0', '1', '2', ':', ';', ',', 'a', '1:a', '\u0000', '\ud800'];
    const text = () => random.list(3, () => random.pick(bits)).join('');
    const seen = new Map<string, string>();
    const wrong: unknown[] = [];
    for (let i = 0; i < 50_000; i++) {
      const parts = [random.list(2, text), random.list(2, text), text()] as const;
      const id = recordId(...parts);
      const said = JSON.stringify(parts);
      if ((seen.get(id) ?? said) !== said) wrong.push([seen.get(id), said]);
      seen.set(id, said);
    }
    expect(wrong).toEqual([]);
    expect(seen.size).toBe(new Set(seen.values()).size);
  });
});

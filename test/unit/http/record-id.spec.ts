import { recordId, recordIdPrefix } from '../../../lib/http/record-id.js';
import { Seeded } from './seeded.js';

describe('a record id', () => {
  it('fits every store and tells nothing of the key', () => {
    expect(recordId(['user', '1'], ['Orders', 'create'], 'k')).toMatch(/^[\w-]{43}$/);
    expect(recordId([], [], '')).toMatch(/^[\w-]{43}$/);
  });

  it('[B6] is the same for the same parts, in every version: this must never change', () => {
    expect(recordId(['user', '1'], ['Orders', 'create'], 'k')).toBe(
      '4DC6aU3mfGtYBZEQgcXcw5OtlfB-PC1uOlzifPM5uCo',
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

  it('begins with what only scope and key decide about: so it is found by them', () => {
    const random = new Seeded(11);
    const text = () => String(random.int(1_000_000));
    for (let i = 0; i < 2_000; i++) {
      const [scope, key] = [random.list(3, text), text()];
      const [one, other] = [recordId(scope, [text()], key), recordId(scope, [text(), text()], key)];
      expect(one).not.toBe(other);
      expect(one.slice(0, 11)).toBe(other.slice(0, 11));
      expect(recordIdPrefix(scope, key)).toBe(one.slice(0, 11));
      expect(one.slice(11)).not.toBe(other.slice(11));
    }
  });

  it.each<[string, Parameters<typeof recordIdPrefix>, Parameters<typeof recordIdPrefix>]>([
    ['key', [['user', '1'], 'a'], [['user', '1'], 'b']],
    ['scope', [['user', '1'], 'a'], [['user', '2'], 'a']],
    ['kind of scope', [['user', '1'], 'a'], [['tenant', '1'], 'a']],
    ['a separator in the scope or in the key', [['a:b'], 'c'], [['a'], 'b:c']],
    ['scope or key', [['a', 'b'], 'c'], [['a'], 'b']],
    ['one part or two', [['a', 'b'], 'c'], [['ab'], 'c']],
    ['characters UTF-8 has not', [['\ud800'], 'k'], [['\ud801'], 'k']],
  ])('[B6] begins with something else for another %s', (_, a, b) => {
    expect(recordIdPrefix(...a)).not.toBe(recordIdPrefix(...b));
  });

  it('[B6] has an own part for scope and key, too, where the common one is the same by chance', () => {
    // 66 bits are the same now and then among very many; the other 192 then tell the records apart.
    expect(recordId(['user', '1'], ['o'], 'a').slice(11)).not.toBe(
      recordId(['user', '1'], ['o'], 'b').slice(11),
    );
    expect(recordId(['user', '1'], ['o'], 'a').slice(11)).not.toBe(
      recordId(['user', '2'], ['o'], 'a').slice(11),
    );
  });
});

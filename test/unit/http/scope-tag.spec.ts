import { DigestKey, Keyring } from '../../../lib/http/keyring.js';
import { scopeTag, scopeTags } from '../../../lib/http/scope-tag.js';
import { writeDigest } from '../../../lib/http/digest.js';

const [FIRST, SECOND] = ['the first secret of all', 'the second secret of all'];
const key = new DigestKey(FIRST);

describe('the tag of a scope', () => {
  it('fits every store', () => {
    expect(scopeTag(['user', 'alice'], key)).toMatch(/^[\w-]{22}$/);
    expect(scopeTag(['user', 'x'.repeat(100_000)], key)).toMatch(/^[\w-]{22}$/);
  });

  it('is the same for the same scope and secret', () => {
    expect(scopeTag(['user', 'alice'], new DigestKey(FIRST))).toBe(scopeTag(['user', 'alice'], key));
  });

  it.each([
    [
      ['user', 'alice'],
      ['user', 'alicia'],
    ],
    [
      ['user', '1'],
      ['tenant', '1'],
    ],
    [
      ['user', '1'],
      ['custom', '1'],
    ],
    [
      ['user', 'ab'],
      ['usera', 'b'],
    ],
    [['user', ''], ['user']],
    [['public'], ['custom', 'public']],
    [
      ['user', '\ud800'],
      ['user', '\ud801'],
    ],
  ])('[B8] tells %j from %j', (a, b) => {
    expect(scopeTag(a, key)).not.toBe(scopeTag(b, key));
  });

  it('[B66] is another one under another secret: who reads the store cannot test guesses', () => {
    expect(scopeTag(['user', 'alice'], new DigestKey(SECOND))).not.toBe(scopeTag(['user', 'alice'], key));
  });

  it('is no digest that something else of the record is made with, too', () => {
    const fingerprint = key.digest('user');
    expect(writeDigest('1', key, fingerprint)).not.toContain(scopeTag(['user'], key));
  });
});

describe('the tags of a scope', () => {
  it('are those under all secrets, the built-in one too: rotating one loses no record', () => {
    const [before, between, after] = [new Keyring([]), new Keyring([FIRST]), new Keyring([SECOND, FIRST])];
    const scope = ['user', 'alice'];
    const tags = scopeTags(scope, after);
    expect(tags).toHaveLength(3);
    expect(new Set(tags).size).toBe(3);
    for (const keyring of [before, between, after]) expect(tags).toContain(scopeTag(scope, keyring.signing));
  });
});

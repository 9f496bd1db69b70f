import { createHmac } from 'node:crypto';
import { DigestKey } from '../../../lib/http/keyring.js';

const SECRET = 'a secret of some length';
const own = createHmac('sha256', SECRET).update('nestjs-idempotency digest key').digest();
const key = new DigestKey(SECRET);

describe('a digest with a key', () => {
  it.each<[what: string, text: string, content: string | Uint8Array | undefined, label: string | undefined]>([
    ['nothing', '', undefined, undefined],
    ['a text', '3;4:POST', undefined, undefined],
    ['a label', '1;1:a', '', 'scope'],
    ['text in its content', '', 'Ünïcödé € 😀', undefined],
    ['bytes in its content', 'ä€😀', Uint8Array.from([0, 255, 128, 10]), 'x'],
    ['lone surrogates, which stay apart', '\ud800', '', undefined],
    ['bytes that are a part of others', 'a', new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4), undefined],
    ['a message of a block', 'x'.repeat(32), '', undefined],
    ['the longest message that is copied', '', 'y'.repeat(65_536 - 64), undefined],
    ['a longer one', 'x', 'y'.repeat(65_536), 'scope'],
    ['long bytes', 'x', Buffer.alloc(1_000_000, 7), undefined],
  ])('is HMAC-SHA-256, of %s', (_what, text, content = '', label = '') => {
    const reference = createHmac('sha256', own).update(label).update(text, 'utf16le').update(content);
    expect(key.digest(text, content, label)).toBe(reference.digest('base64url'));
  });

  it('does not depend on what was digested before', () => {
    const first = key.digest('first');
    key.digest('second', 'y'.repeat(100_000));
    expect(key.digest('first')).toBe(first);
  });

  it('takes secrets of any length, text or bytes', () => {
    const long = Buffer.alloc(200, 3);
    const derived = createHmac('sha256', long).update('nestjs-idempotency digest key').digest();
    expect(new DigestKey(long).digest('a')).toBe(
      createHmac('sha256', derived).update('a', 'utf16le').digest('base64url'),
    );
  });
});

import { crc32 } from 'node:zlib';
import { IdempotencyErrorCode } from '../../../../lib/errors/error-codes.js';
import { decodeReply } from '../../../../lib/store/redis/replies.js';
import { ACQUIRE } from '../../../../lib/store/redis/scripts/acquire.js';
import { COMPLETE } from '../../../../lib/store/redis/scripts/complete.js';
import { EXTEND } from '../../../../lib/store/redis/scripts/extend.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('decodeReply', () => {
  it('reads words as bytes or text, and numbers as numbers, text or bytes', () => {
    const acquired = { state: 'acquired', fence: 1_750_000_000_000_000, attempt: 2 };
    expect(decodeReply(ACQUIRE, [bytes('acquired'), 1_750_000_000_000_000, 2])).toEqual(acquired);
    expect(decodeReply(ACQUIRE, ['acquired', '1750000000000000', bytes('2')])).toEqual(acquired);
  });

  it('reads a fence alone as a first attempt, and a word alone as if it were in a list', () => {
    const first = { state: 'acquired', fence: 1_750_000_000_000_000, attempt: 1 };
    expect(decodeReply(ACQUIRE, bytes('1750000000000000'))).toEqual(first);
    expect(decodeReply(ACQUIRE, '1750000000000000')).toEqual(first);
    expect(decodeReply(COMPLETE, bytes('completed'))).toEqual({ state: 'completed' });
    expect(decodeReply(COMPLETE, 'lost')).toEqual({ state: 'lost' });
  });

  it('reads a record alone: what is finished as it is, what runs with the time behind it', () => {
    const fingerprint = 'v1:f';
    const finished = { state: 'completed', fingerprint, response: bytes('a\n5 6') };
    const checksum = crc32('a\n5 6').toString(16);
    expect(decodeReply(ACQUIRE, bytes(`i1 c 5 ${checksum} 7 1 v1:f s\na\n5 6`))).toEqual({
      state: 'record',
      record: finished,
    });
    const expired = { state: 'expired', fingerprint };
    expect(decodeReply(ACQUIRE, bytes('i1 t v1:f s\n'))).toEqual({ state: 'record', record: expired });
    const running = { state: 'in-progress', fingerprint, attempt: 3, leaseRemaining: 2_500 };
    const value = 'i1 R 7500000 0 7 3 v1:f s\nt o\n';
    expect(decodeReply(ACQUIRE, bytes(`${value}\n5 0`))).toEqual({ state: 'record', record: running });
    expect(decodeReply(ACQUIRE, bytes(`${value}\n4 1000000`))).toEqual({ state: 'record', record: running });
  });

  it('gives the lease that is left in ms, rounded up so that 0 means over', () => {
    const value = bytes('i1 r 5000500 500 7 3 v1:f scope\ntoken operation\n');
    const remaining = (now: number) => decodeReply(ACQUIRE, ['record', value, now]);
    const record = { state: 'in-progress', fingerprint: 'v1:f', attempt: 3 };
    expect(remaining(0)).toEqual({ state: 'record', record: { ...record, leaseRemaining: 5001 } });
    expect(remaining(5_000_499)).toEqual({ state: 'record', record: { ...record, leaseRemaining: 1 } });
    expect(remaining(5_000_500)).toEqual({ state: 'record', record: { ...record, leaseRemaining: 0 } });
    expect(remaining(9_000_000)).toEqual({ state: 'record', record: { ...record, leaseRemaining: 0 } });
  });

  it.each([
    ['null', null],
    ['text', 'OK'],
    ['an empty array', []],
    ['an unknown word', ['perhaps']],
    ['the word of another script', ['held']],
    ['a record decoded to text', ['record', 'i1 c 0 0 7 1 v1:f scope\n', 0]],
    ['a record without one', ['record']],
    ['a record alone, decoded to text', 'i1 c 0 0 7 1 v1:f scope\n'],
    ['the word of another script alone', bytes('held')],
    ['no word', bytes('')],
    ['a number', 7.5],
  ])('refuses what no script answers: %s', (_name, reply) => {
    expect(() => decodeReply(ACQUIRE, reply)).toThrow(
      expect.objectContaining({
        code: IdempotencyErrorCode.STORE_UNAVAILABLE,
        message: expect.stringContaining('acquire'),
      }),
    );
  });

  it('reads the word of its own script', () => {
    expect(decodeReply(EXTEND, [bytes('lost')])).toEqual({ state: 'lost' });
  });
});

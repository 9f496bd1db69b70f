import { decodeRecord, headOf } from '../../../../lib/store/redis/record.js';

/** A record as it stands in Redis, in the midst of a reply that is shared with others. */
function valueOf(response: Buffer): Buffer {
  const head = Buffer.from(`${headOf(response)}1700000000000000 1 fingerprint scope\n`);
  return Buffer.concat([Buffer.alloc(16), head, response]).subarray(16);
}

function responseOf(value: Buffer): Uint8Array {
  const record = decodeRecord(value, 0);
  if (record.state !== 'completed') throw new Error(record.state);
  return record.response;
}

describe('the response of a record that was read from Redis', () => {
  it('has memory of its own when it is short: it would keep all of the reply it came in', () => {
    const response = Buffer.alloc(65_535, 'x');
    const value = valueOf(response);
    const read = responseOf(value);
    expect(response.equals(read)).toBe(true);
    expect(read.buffer).not.toBe(value.buffer);
  });

  it('is a part of the reply when it is long', () => {
    const response = Buffer.alloc(65_536, 'x');
    const value = valueOf(response);
    const read = responseOf(value);
    expect(response.equals(read)).toBe(true);
    expect(read.buffer).toBe(value.buffer);
  });

  it.each([10, 100_000])('[B51] of %i bytes is checked, whoever has its memory', (bytes) => {
    const value = valueOf(Buffer.alloc(bytes, 'x'));
    value[value.length - 1]! ^= 1;
    expect(() => responseOf(value)).toThrow(/damaged/);
  });
});

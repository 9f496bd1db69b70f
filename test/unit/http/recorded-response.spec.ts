import { crc32 } from 'node:zlib';
import { decodeResponse, encodeResponse } from '../../../lib/http/recorded-response.js';
import type { RecordedResponse } from '../../../lib/http/recorded-response.js';
import { Seeded } from './seeded.js';

const response: RecordedResponse = {
  status: 201,
  headers: [
    ['content-type', 'application/json; charset=utf-8'],
    ['link', ['</a>; rel="x"', '</b>; rel="é"']],
    ['x-empty', ''],
    ['x-none', []],
    ['x-one', ['1']],
  ],
  body: Buffer.from('{"id":1,"name":"Zoë"}'),
  kept: true,
  uploads: '1.01234567.digest',
};

const unreadable = expect.objectContaining({ code: 'IDEMPOTENCY_RECORD_UNREADABLE' }) as Error;

function whyUnreadable(bytes: Uint8Array): unknown {
  try {
    return decodeResponse(bytes);
  } catch (error) {
    return error;
  }
}

/** As an attacker, or a bug, would: with a checksum that is right. */
function sealed(bytes: Uint8Array): Uint8Array {
  const result = Buffer.from(bytes);
  const end = result.length - 4;
  if (result.length >= 8) result.writeUInt32LE(result.length, 4);
  if (end >= 0) result.writeUInt32LE(crc32(result.subarray(0, end)), end);
  return result;
}

describe('a recorded response', () => {
  it('[B31] comes back as it was: status, headers, lists and body', () => {
    const decoded = decodeResponse(encodeResponse(response));
    expect({ ...decoded, body: Buffer.from(decoded.body) }).toEqual(response);
  });

  it.each<[string, RecordedResponse]>([
    ['nothing at all', { status: 204, headers: [], body: new Uint8Array(), kept: true }],
    ['a body that is not kept', { status: 200, headers: [['a', 'b']], body: new Uint8Array(), kept: false }],
    [
      'an empty uploads digest',
      { status: 200, headers: [], body: new Uint8Array(), kept: true, uploads: '' },
    ],
  ])('comes back with %s', (_, given) => {
    const decoded = decodeResponse(encodeResponse(given));
    expect(decoded).toEqual({ ...given, body: decoded.body });
    expect(decoded.body).toHaveLength(0);
  });

  it('[B33] comes back with every byte there is, from anywhere in memory', () => {
    const body = Uint8Array.from({ length: 256 }, (_, i) => i);
    const padded = Buffer.concat([Buffer.alloc(3), encodeResponse({ ...response, body }), Buffer.alloc(5)]);
    const decoded = decodeResponse(new Uint8Array(padded.buffer, padded.byteOffset + 3, padded.length - 8));
    expect([...decoded.body]).toEqual([...body]);
  });

  it('keeps nothing of the caller when it is written, and copies no body when it is read', () => {
    const body = Buffer.from('body');
    const bytes = encodeResponse({ ...response, body });
    expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
    body.fill(0);
    const decoded = decodeResponse(bytes);
    expect(Buffer.from(decoded.body).toString()).toBe('body');
    expect(decoded.body.buffer).toBe(bytes.buffer);
  });

  it('adds little to what is recorded', () => {
    expect(encodeResponse({ status: 200, headers: [], body: Buffer.alloc(100), kept: true })).toHaveLength(
      114,
    );
    const json = ['content-type', 'application/json; charset=utf-8'] as const;
    expect(
      encodeResponse({ status: 200, headers: [json], body: Buffer.alloc(100), kept: true }),
    ).toHaveLength(114);
  });

  it.each<[string, RecordedResponse['headers']]>([
    [
      'first',
      [
        ['content-type', 'application/json; charset=utf-8'],
        ['etag', 'W/"1"'],
      ],
    ],
    [
      'last',
      [
        ['etag', 'W/"1"'],
        ['content-type', 'application/json; charset=utf-8'],
      ],
    ],
    [
      'twice',
      [
        ['content-type', 'application/json; charset=utf-8'],
        ['content-type', 'application/json; charset=utf-8'],
      ],
    ],
    ['a list', [['content-type', ['application/json; charset=utf-8']]]],
    ['another one', [['content-type', 'application/json']]],
  ])('keeps its headers in their order, with a content type that is %s', (_, headers) => {
    expect(decodeResponse(encodeResponse({ ...response, headers })).headers).toEqual(headers);
  });

  it('[B51] is refused when any one byte of it was changed', () => {
    const bytes = encodeResponse(response);
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] as number) ^ flip;
        expect(() => decodeResponse(damaged)).toThrow(unreadable);
      }
    }
  });

  it('[B51] is refused when it was cut off or something was added, anywhere', () => {
    const bytes = encodeResponse(response);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeResponse(bytes.subarray(0, length))).toThrow(unreadable);
      expect(() => decodeResponse(bytes.subarray(bytes.length - length))).toThrow(unreadable);
    }
    expect(() => decodeResponse(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(unreadable);
    expect(() => decodeResponse(Buffer.concat([bytes, bytes]))).toThrow(unreadable);
  });

  it('[B51] that was verified is read without its checksum, and refused all the same when it is cut off or of another version', () => {
    const bytes = Buffer.from(encodeResponse(response));
    bytes[bytes.length - 1]! ^= 1;
    expect(decodeResponse(bytes, true)).toEqual(decodeResponse(encodeResponse(response)));
    expect(() => decodeResponse(bytes.subarray(0, -1), true)).toThrow(unreadable);
    bytes[0] = 2;
    expect(() => decodeResponse(bytes, true)).toThrow(/does not know/);
  });

  it('[B51] is refused when it is of another version, even if nothing is damaged', () => {
    for (const version of [0, 2, 255]) {
      const bytes = Buffer.from(encodeResponse(response));
      bytes[0] = version;
      expect(() => decodeResponse(sealed(bytes))).toThrow(/does not know/);
    }
    const flags = Buffer.from(encodeResponse(response));
    flags[1] = 8;
    expect(() => decodeResponse(sealed(flags))).toThrow(unreadable);
  });

  it.each([1, 100, 199, 600, 65_535])(
    '[B51] is refused with the status %i, which nothing answers',
    (status) => {
      expect(() => decodeResponse(encodeResponse({ ...response, status }))).toThrow(unreadable);
    },
  );

  it.each([0, 200, 599])('[B51] is read with the status %i', (status) => {
    expect(decodeResponse(encodeResponse({ ...response, status })).status).toBe(status);
  });

  it('[B51] never reads past its end, whatever lengths it claims', () => {
    const random = new Seeded(7);
    const bytes = encodeResponse(response);
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      const damaged = Buffer.from(bytes.subarray(0, 12 + random.int(bytes.length - 11)));
      for (let changes = random.int(4); changes >= 0; changes--) {
        damaged[1 + random.int(damaged.length - 1)] = random.pick([0, 1, 2, 3, 127, 255, random.int(256)]);
      }
      const result = whyUnreadable(sealed(damaged));
      if (result instanceof Error) {
        refused += 1;
        expect(result).toEqual(unreadable);
      } else {
        const { body } = result as RecordedResponse;
        expect(body.byteLength).toBeLessThanOrEqual(damaged.length);
      }
    }
    expect(refused).toBeGreaterThan(1_000);
  });

  it('[B51] reads what version 1 wrote, which must never change', () => {
    const bytes = Buffer.from(
      'AQPJAMgAAAARAAAAMS4wMTIzNDU2Ny5kaWdlc3QFAAwAAABjb250ZW50LXR5cGUAAB8AAABhcHBsaWNhdGlvbi9qc29uOyBjaGFyc2V0PXV0Zi04BAAAAGxpbmsDAA0AAAA8L2E+OyByZWw9IngiDgAAADwvYj47IHJlbD0iw6kiBwAAAHgtZW1wdHkAAAAAAAAGAAAAeC1ub25lAQAFAAAAeC1vbmUCAAEAAAAxeyJpZCI6MSwibmFtZSI6Ilpvw6sifSzDIbo=',
      'base64',
    );
    const decoded = decodeResponse(bytes);
    expect({ ...decoded, body: Buffer.from(decoded.body) }).toEqual(response);
  });

  it('[B66] is never repeated in the error that refuses it', () => {
    const bytes = Buffer.from(encodeResponse({ ...response, body: Buffer.from('SECRET') }));
    bytes[20] = 0;
    expect(String(whyUnreadable(bytes))).not.toContain('SECRET');
  });
});

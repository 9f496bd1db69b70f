import { decodeResponse } from '../../../lib/http/recorded-response.js';
import { encodeResolution } from '../../../lib/operations/encode-resolution.js';
import type { ResolvedResponse } from '../../../lib/operations/resolution.js';

const DEFAULTS = { ttl: 1_000, tombstone: 5_000 };
const WHO = { by: 'alice', why: 'charge ch_1 at the provider' };

const encode = (resolution: unknown) => encodeResolution(resolution as never, DEFAULTS);
function problemsOf(resolution: unknown): readonly string[] {
  try {
    encode(resolution);
  } catch (error) {
    expect(error).toMatchObject({ code: 'IDEMPOTENCY_CONFIGURATION' });
    return (error as { problems: readonly string[] }).problems;
  }
  return [];
}
function responseOf(response: ResolvedResponse) {
  const encoded = encode({ as: 'completed', response, ...WHO });
  if (encoded.as !== 'completed') throw new Error(encoded.as);
  return decodeResponse(encoded.response);
}
const bodyOf = (response: ResolvedResponse) => Buffer.from(responseOf(response).body).toString();

describe('a resolution as the store gets it', () => {
  it('says who, why and when', () => {
    const before = Date.now();
    for (const resolution of [{ as: 'not-applied' }, { as: 'completed', response: {} }]) {
      const note = JSON.parse(encode({ ...resolution, ...WHO }).note) as { at: string };
      expect(note).toEqual({ as: resolution.as, ...WHO, at: expect.any(String) });
      expect(new Date(note.at).toISOString()).toBe(note.at);
      expect(Date.parse(note.at)).toBeGreaterThanOrEqual(before);
    }
  });

  it('keeps the note of what was not applied as long as an answer', () => {
    expect(encode({ as: 'not-applied', ...WHO })).toMatchObject({ as: 'not-applied', keep: 1_000 });
  });

  it.each([
    [undefined, 1_000],
    [1, 1],
    [86_400_000, 86_400_000],
  ])('with ttl %p keeps an answer for %d ms, and then the tombstone', (ttl, response) => {
    expect(encode({ as: 'completed', response: {}, ttl, ...WHO })).toMatchObject({
      retention: { response, tombstone: 5_000 },
    });
  });

  it.each([
    ['the longest characters', '\u{10fffe}'.repeat(128), '\u{10fffe}'.repeat(512)],
    ['characters of three bytes', '\uffee'.repeat(256), '\uffee'.repeat(1_024)],
    ['what JSON escapes', '"'.repeat(256), '\\'.repeat(1_024)],
  ])('has a note that every store keeps, of %s', (_, by, why) => {
    const { note } = encode({ as: 'not-applied', by, why });
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(4_096);
    expect(JSON.parse(note)).toMatchObject({ by, why });
  });
});

describe('a resolved response', () => {
  it('is 200 without headers or body unless it says otherwise', () => {
    expect(responseOf({})).toEqual({ status: 200, headers: [], body: Buffer.alloc(0), kept: true });
  });

  it.each([200, 201, 204, 302, 404, 599])('has the status %d', (status) => {
    expect(responseOf({ status }).status).toBe(status);
  });

  it.each<[unknown, string]>([
    [{ id: 1, tags: ['a'] }, '{"id":1,"tags":["a"]}'],
    ['text', '"text"'],
    ['', '""'],
    [0, '0'],
    [null, 'null'],
    [false, 'false'],
    [[], '[]'],
    [{ naïve: '€' }, '{"naïve":"€"}'],
  ])('is JSON of %p', (body, json) => {
    expect(bodyOf({ body })).toBe(json);
    expect(responseOf({ body }).headers).toEqual([['content-type', 'application/json; charset=utf-8']]);
  });

  it.each([
    ['a Buffer', Buffer.from([0, 255, 128])],
    ['a typed array', Uint8Array.of(0, 255, 128)],
    ['a view of a part', new Uint8Array([9, 0, 255, 128, 9]).subarray(1, 4)],
  ])('is just the bytes of %s, of no type unless it says one', (_, body) => {
    const { body: bytes, headers } = responseOf({ body });
    expect([...bytes]).toEqual([0, 255, 128]);
    expect(headers).toEqual([]);
  });

  it('is of the type it says, in any case of the name', () => {
    const headers = { 'Content-Type': 'application/vnd.order+json', 'X-Tags': ['a', 'b'], link: '' };
    expect(responseOf({ body: {}, headers }).headers).toEqual([
      ['content-type', 'application/vnd.order+json'],
      ['x-tags', ['a', 'b']],
      ['link', ''],
    ]);
  });

  it('[B32] has no header that framed, encoded or dated other bytes', () => {
    const odd = {
      'Content-Length': '999',
      'Transfer-Encoding': 'chunked',
      Date: 'now',
      'Set-Cookie': 'a=b',
      'X-Kept': '1',
    };
    const encoded = { ...odd, 'Content-Encoding': 'gzip', 'content-type': 'application/json' };
    expect(responseOf({ body: { a: 1 }, headers: encoded }).headers).toEqual([
      ['x-kept', '1'],
      ['content-type', 'application/json'],
    ]);
    // Bytes may well be encoded.
    expect(responseOf({ body: Uint8Array.of(31), headers: { 'content-encoding': 'gzip' } }).headers).toEqual([
      ['content-encoding', 'gzip'],
    ]);
  });

  it('does not change when the caller writes to its bytes', () => {
    const body = Uint8Array.of(1, 2, 3);
    const encoded = encode({ as: 'completed', response: { body }, ...WHO });
    body.fill(0);
    if (encoded.as !== 'completed') throw new Error(encoded.as);
    expect([...decodeResponse(encoded.response).body]).toEqual([1, 2, 3]);
  });
});

describe('a resolution with something wrong', () => {
  it.each([
    ['as', { as: undefined }],
    ['as', { as: 'done' }],
    ['as', { as: 'Completed' }],
    ['by', { by: undefined }],
    ['by', { by: '' }],
    ['by', { by: 42 }],
    ['by', { by: 'x'.repeat(257) }],
    ['by', { by: 'alice\n' }],
    ['by', { by: '\ud800' }],
    ['why', { why: undefined }],
    ['why', { why: '' }],
    ['why', { why: {} }],
    ['why', { why: 'x'.repeat(1_025) }],
    ['why', { why: 'a\u0000b' }],
    ['why', { why: 'a\u0085b' }],
  ])('is one problem that names it: %s, %p', (name, change) => {
    expect(problemsOf({ as: 'not-applied', ...WHO, ...change })).toEqual([
      expect.stringMatching(new RegExp(`\\b${name}\\b`)),
    ]);
  });

  it.each([
    ['ttl', { ttl: 0 }],
    ['ttl', { ttl: -1 }],
    ['ttl', { ttl: 1.5 }],
    ['ttl', { ttl: NaN }],
    ['ttl', { ttl: '1000' }],
    ['ttl', { ttl: null }],
    ['response', { response: undefined }],
    ['response', { response: null }],
    ['response', { response: 'done' }],
    ['status', { response: { status: 199 } }],
    ['status', { response: { status: 600 } }],
    ['status', { response: { status: 0 } }],
    ['status', { response: { status: '200' } }],
    ['status', { response: { status: 200.5 } }],
    ['status', { response: { status: null } }],
    ['"x y"', { response: { headers: { 'x y': '1' } } }],
    ['""', { response: { headers: { '': '1' } } }],
    ['"x:"', { response: { headers: { 'x:': '1' } } }],
    ['"x-n"', { response: { headers: { 'x-n': 'a\r\nset-cookie: b' } } }],
    ['"x-n"', { response: { headers: { 'x-n': 'a\u0000' } } }],
    ['"x-n"', { response: { headers: { 'x-n': '€' } } }],
    ['"x-n"', { response: { headers: { 'x-n': 1 } } }],
    ['"x-n"', { response: { headers: { 'x-n': ['a', 2] } } }],
    ['"x-n"', { response: { headers: { 'x-n': null } } }],
  ])('is one problem that names it: %s, %p of what was completed', (name, change) => {
    const problems = problemsOf({ as: 'completed', response: {}, ...WHO, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  it.each([undefined, null, 'not-applied', 42])('%p is no resolution', (resolution) => {
    expect(problemsOf(resolution)).toEqual([expect.stringContaining('{ as, by, why }')]);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  it.each([
    ['a function', () => undefined],
    ['a symbol', Symbol('x')],
    ['a BigInt', 1n],
    ['a cycle', cycle],
  ])('has a body that cannot be sent: %s', (_, body) => {
    expect(problemsOf({ as: 'completed', response: { body }, ...WHO })).toEqual([
      expect.stringContaining('body'),
    ]);
  });

  it('is told with all that is wrong at once', () => {
    const response = { status: 1, headers: { 'a b': '1', 'c d': '2' } };
    expect(problemsOf({ as: 'completed', response, ttl: 0 })).toHaveLength(6);
  });
});

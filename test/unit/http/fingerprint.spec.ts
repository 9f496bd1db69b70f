import { createHash } from 'node:crypto';
import { Fingerprinter } from '../../../lib/http/fingerprint.js';
import type { BodyToFingerprint, RequestToFingerprint } from '../../../lib/http/fingerprint.js';
import { Seeded } from './seeded.js';

const secret = 'a secret of the application';
const fingerprinter = new Fingerprinter([secret]);
const raw = (text: string | Uint8Array): BodyToFingerprint => ({
  kind: 'raw',
  bytes: typeof text === 'string' ? Buffer.from(text) : text,
});
const order: RequestToFingerprint = {
  method: 'POST',
  target: '/orders',
  rawQuery: 'a=1&b=2',
  contentType: 'application/json',
  body: raw('{"item":"x","count":1}'),
};
const form = 'application/x-www-form-urlencoded';
const of = (changes: Partial<RequestToFingerprint>) => ({ ...order, ...changes });
const compare = (a: RequestToFingerprint, b: RequestToFingerprint) =>
  fingerprinter.verify(fingerprinter.create(a), b);

describe('a fingerprint', () => {
  it('names its version and its secret, and fits a store', () => {
    expect(fingerprinter.create(order)).toMatch(/^1\.[0-9a-f]{8}\.[\w-]{43}$/);
    expect(fingerprinter.create(order)).toBe(new Fingerprinter([Buffer.from(secret)]).create(order));
  });

  it('[B66] tells nothing of the secret or the request', () => {
    const stored = fingerprinter.create(order);
    const [, name, digest] = stored.split('.');
    expect(new Fingerprinter(['another secret']).create(order).split('.')[2]).not.toBe(digest);
    expect(createHash('sha256').update(secret).digest('hex')).not.toContain(name);
  });

  it.each<[string, Partial<RequestToFingerprint>]>([
    ['method', { method: 'PUT' }],
    ['target', { target: '/orders/1' }],
    ['query', { rawQuery: 'a=1&b=3' }],
    ['query, missing', { rawQuery: '' }],
    ['content type', { contentType: 'application/vnd.api+json' }],
    ['content type, missing', { contentType: undefined }],
    ['charset', { contentType: 'application/json; charset=utf-8' }],
    ['body', { body: raw('{"item":"x","count":2}') }],
    ['body, missing', { body: { kind: 'none' } }],
    ['body, null', { body: raw('null') }],
    ['body, cut off', { body: raw('{"item":"x","count":1') }],
    ['body, deferred', { body: { kind: 'deferred' } }],
  ])('[B11] is another one with another %s', (_, changes) => {
    expect(compare(order, of(changes))).toBe('different');
    expect(compare(of(changes), order)).toBe('different');
    expect(compare(of(changes), of(changes))).toBe('same');
  });

  it.each<[string, Partial<RequestToFingerprint>, Partial<RequestToFingerprint>]>([
    ['member order and white space', {}, { body: raw('{ "count": 1,\n"item": "\\u0078" }') }],
    [
      'the same in +json',
      { contentType: 'a/b+json', body: raw('{"a":1,"b":2}') },
      { contentType: 'a/b+json', body: raw('{"b":2,"a":1}') },
    ],
    ['order and encoding of the query', {}, { rawQuery: 'b=%32&a=1' }],
    ['case of the media type', {}, { contentType: 'Application/Json' }],
    [
      'order of a form',
      { contentType: form, body: raw('a=1&b=+') },
      { contentType: form, body: raw('b=%20&a=1') },
    ],
    [
      'a multipart boundary',
      { contentType: 'multipart/form-data; boundary=a', body: { kind: 'deferred' } },
      { contentType: 'multipart/form-data; boundary=b', body: { kind: 'deferred' } },
    ],
    ['an empty body or none', { body: raw('') }, { body: { kind: 'none' } }],
    [
      'member order where only the parsed body is there',
      { body: { kind: 'parsed', value: { a: 1, b: [2] } } },
      { body: { kind: 'parsed', value: { b: [2], a: 1 } } },
    ],
    [
      'where in memory the body is',
      { body: raw(Buffer.from('xx{}').subarray(2)) },
      { body: raw(new Uint8Array([0x7b, 0x7d])) },
    ],
  ])('[B12] does not depend on %s', (_, a, b) => {
    expect(compare(of(a), of(b))).toBe('same');
  });

  it.each<[string, string, string | Uint8Array, string | Uint8Array]>([
    ['large numbers', 'application/json', '9007199254740993', '9007199254740992'],
    ['duplicate members', 'application/json', '{"a":1,"a":2}', '{"a":2}'],
    ['__proto__', 'application/json', '{"__proto__":1}', '{}'],
    ['order of an array', 'application/json', '[1,2]', '[2,1]'],
    ['null and absent', 'application/json', '{"a":null}', '{}'],
    ['JSON that is none, by bytes', 'application/json', '{"a":1,}', '{"a":1, }'],
    [
      'bytes that are no UTF-8',
      'application/json',
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from([0x22, 0xfe, 0x22]),
    ],
    ['bytes that are no UTF-8 in a form', form, Buffer.from([0x61, 0xff]), Buffer.from([0x61, 0xfe])],
    ['JSON in another charset', 'application/json; charset=latin1', '"\\u00e9"', '"é"'],
    ['order of one name in a form', form, 'a=1&a=2', 'a=2&a=1'],
    ['JSON that is only text', 'text/plain', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['deep JSON, by bytes', 'application/json', '['.repeat(10_000), '['.repeat(10_001)],
  ])('[B13] never makes equal by accident: %s', (_, contentType, a, b) => {
    expect(compare(of({ contentType, body: raw(a) }), of({ contentType, body: raw(b) }))).toBe('different');
    expect(compare(of({ contentType, body: raw(a) }), of({ contentType, body: raw(a) }))).toBe('same');
  });

  it('[B13] never mixes up what is parsed, selected or raw', () => {
    const bodies: BodyToFingerprint[] = [
      { kind: 'none' },
      { kind: 'deferred' },
      { kind: 'parsed', value: undefined },
      { kind: 'parsed', value: 'none' },
      { kind: 'parsed', value: {} },
      { kind: 'selected', value: undefined },
      { kind: 'selected', value: {} },
      raw('{}'),
      raw('{'),
      raw('undefined'),
    ];
    const stored = bodies.map((body) =>
      fingerprinter.create(of({ body, rawQuery: '', contentType: undefined })),
    );
    expect(new Set(stored).size).toBe(bodies.length);
  });

  it('[B15] of a selection counts method, target and the selection only', () => {
    const body: BodyToFingerprint = { kind: 'selected', value: { id: 1 } };
    expect(compare(of({ body }), of({ body, rawQuery: 'x', contentType: 'text/plain' }))).toBe('same');
    expect(compare(of({ body }), of({ body: { kind: 'selected', value: { id: 2 } } }))).toBe('different');
    expect(compare(of({ body }), of({ body, method: 'PUT' }))).toBe('different');
    expect(compare(of({ body }), of({ body, target: '/' }))).toBe('different');
  });

  it('says so when there is nothing that could be compared', () => {
    const body: BodyToFingerprint = { kind: 'selected', value: Promise.resolve(1) };
    expect(() => fingerprinter.create(of({ body }))).toThrow(TypeError);
    expect(() => fingerprinter.verify(fingerprinter.create(order), of({ body }))).toThrow(TypeError);
  });

  it('[B11] [B13] has one form for one request: no part can pass for another', () => {
    const random = new Seeded(5);
    const bits = ['', '1', ':', ';', '1:', '2:a', 'a', 'none', 'raw', 'json', '\ud800', '\udc00', 'é', '5;'];
    const text = () => random.list(3, () => random.pick(bits)).join('');
    const seen = new Map<string, string>();
    const wrong: unknown[] = [];
    for (let i = 0; i < 20_000; i++) {
      const method = text();
      const target = text();
      const value = text();
      const body = random.pick<BodyToFingerprint>([
        raw(value),
        { kind: 'parsed', value },
        { kind: 'selected', value },
      ]);
      const said = JSON.stringify([
        method,
        target,
        body.kind,
        body.kind === 'raw' ? Buffer.from(value).toString() : value,
      ]);
      const stored = fingerprinter.create({ method, target, rawQuery: '', body });
      if ((seen.get(stored) ?? said) !== said) wrong.push([seen.get(stored), said]);
      seen.set(stored, said);
    }
    expect(wrong).toEqual([]);
    expect(seen.size).toBe(new Set(seen.values()).size);
  });
});

describe('verifying a fingerprint', () => {
  it('[B15] goes on with a secret that was rotated out of signing', () => {
    const stored = fingerprinter.create(order);
    const rotated = new Fingerprinter(['the next secret', secret]);
    expect(rotated.create(order)).not.toBe(stored);
    expect(rotated.verify(stored, order)).toBe('same');
    expect(rotated.verify(stored, of({ method: 'PUT' }))).toBe('different');
    expect(rotated.verify(rotated.create(order), order)).toBe('same');
  });

  it('[B15] goes on when the first secret is set', () => {
    const stored = new Fingerprinter([]).create(order);
    expect(fingerprinter.verify(stored, order)).toBe('same');
    expect(fingerprinter.verify(stored, of({ method: 'PUT' }))).toBe('different');
    expect(new Fingerprinter([]).verify(stored, order)).toBe('same');
  });

  it('[B51] does not guess about secrets and versions it does not know', () => {
    const stored = fingerprinter.create(order);
    expect(new Fingerprinter(['another']).verify(stored, order)).toBe('unknown');
    expect(new Fingerprinter([]).verify(stored, order)).toBe('unknown');
    expect(fingerprinter.verify(stored.replace(/^1/, '2'), order)).toBe('unknown');
    for (const damaged of [
      '',
      'x',
      stored.slice(0, -1),
      `${stored}A`,
      `0${stored}`,
      ` ${stored}`,
      stored.toUpperCase(),
    ]) {
      expect(fingerprinter.verify(damaged, order)).toBe('unknown');
    }
  });

  it.each<[string, Partial<RequestToFingerprint>]>([
    ['Z6MeiDeQcNgFlgi__zQI1mzbRo3IeVTMeFDb0az7JME', {}],
    ['_h335W1JDW11lRPK8OzNHm-VW6r3LD6Ndcu1qg6RDnw', { contentType: form, body: raw('b=2&a=%31') }],
    [
      'lfsUKIbpgW6jhxxEJ0VWaepO_G-INgazYdaDAF1XXXs',
      { contentType: 'text/plain; charset=UTF-8', body: raw('é') },
    ],
    [
      'g2oVBfOA8pp0WvVt6K6Cmf1yt6g37oeUAY728azZazo',
      { body: { kind: 'parsed', value: { b: [1, null], a: 'é' } } },
    ],
    ['oshCz5cFRV7lscTVU4PO_3NEEStK_uau-Rjn59UZYKw', { body: { kind: 'selected', value: ['x', 1n] } }],
    [
      'MsJ0PitUnKZ0c0luvY0uJdwo4Las4lg9rMO6NExhkAo',
      { contentType: 'multipart/form-data; boundary=x', body: { kind: 'deferred' } },
    ],
  ])('[B15] [B51] reads what version 1 wrote, which must never change: %s', (digest, changes) => {
    const [, name] = new Fingerprinter([]).create(order).split('.');
    expect(name).toBe('f20b5657');
    expect(fingerprinter.verify(`1.${name}.${digest}`, of(changes))).toBe('same');
  });
});

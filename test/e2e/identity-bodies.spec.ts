import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { PLATFORMS } from '../support/create-app.js';
import { createEchoApp, type Ask, type EchoApp } from '../support/echo-app.js';

const JSON_TYPE = 'Content-Type: application/json';
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded';
const TEXT_TYPE = 'Content-Type: text/plain';
const BYTES_TYPE = 'Content-Type: application/octet-stream';

const typed =
  (type: string) =>
  (body: string | Buffer, ...headers: string[]): Ask => ({
    body,
    headers: [type, ...headers],
  });
const [json, form, text, bytes] = [JSON_TYPE, FORM_TYPE, TEXT_TYPE, BYTES_TYPE].map(typed) as [
  ReturnType<typeof typed>,
  ReturnType<typeof typed>,
  ReturnType<typeof typed>,
  ReturnType<typeof typed>,
];
const PAY = '{"amount":10,"to":"ann"}';

const ANOTHER_QUESTION: [difference: string, one: Ask, other: Ask][] = [
  ['a member', json(PAY), json('{"amount":11,"to":"ann"}')],
  ['a member more', json(PAY), json('{"amount":10,"to":"ann","note":""}')],
  ['no body', json(PAY), {}],
  ['an empty object for no body', json('{}'), {}],
  ['an empty list for an empty object', json('{}'), json('[]')],
  ['null for an absent member', json('{"a":1,"b":null}'), json('{"a":1}')],
  ['an empty string for null', json('{"a":""}'), json('{"a":null}')],
  ['a number for its text', json('{"a":1}'), json('{"a":"1"}')],
  ['true for its text', json('{"a":true}'), json('{"a":"true"}')],
  ['the order of a list', json('{"a":[1,2]}'), json('{"a":[2,1]}')],
  ['nesting of a list', json('{"a":[[1],2]}'), json('{"a":[1,[2]]}')],
  ['nesting of members', json('{"a":{"b":1},"c":2}'), json('{"a":{"b":1,"c":2}}')],
  ['a number beyond 2^53', json('{"a":9007199254740993}'), json('{"a":9007199254740992}')],
  ['a fraction beyond doubles', json('{"a":0.1}'), json('{"a":0.1000000000000000055511151231257827}')],
  ['a huge exponent', json('{"a":1e400}'), json('{"a":1e401}')],
  ['a tiny exponent', json('{"a":1e-400}'), json('{"a":0}')],
  ['the sign of zero', json('{"a":-0}'), json('{"a":0}')],
  ['a duplicate member', json('{"a":1,"a":2}'), json('{"a":2}')],
  ['the first of duplicate members', json('{"a":1,"a":2}'), json('{"a":3,"a":2}')],
  ['the order of duplicate members', json('{"a":1,"a":2}'), json('{"a":2,"a":1}')],
  ['a constructor member', json('{"a":1,"constructor":{"b":1}}'), json('{"a":1}')],
  ['the case of a member', json('{"a":1}'), json('{"A":1}')],
  ['Unicode normalisation', json('{"a":"\u00e9"}'), json('{"a":"e\u0301"}')],
  ['lone surrogates', json('{"a":"\\ud800"}'), json('{"a":"\\ud801"}')],
  ['a NUL at the end', json('{"a":"b\\u0000"}'), json('{"a":"b"}')],
  [
    'invalid UTF-8',
    json(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])),
    json(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xfe, 0x22, 0x7d])),
  ],
  ['a charset', json(PAY), { body: PAY, headers: ['Content-Type: application/json; charset=utf-16le'] }],
  ['another JSON type', json(PAY), { body: PAY, headers: ['Content-Type: application/vnd.api+json'] }],
  ['text for JSON', json(PAY), text(PAY)],
  ['bytes for text', bytes('a=1'), text('a=1')],
  ['a form for text', form('a=1'), text('a=1')],
  ['a form for JSON', form('a=1'), json('{"a":"1"}')],
  ['no content type', {}, { headers: [JSON_TYPE] }],
  ['a field of a form', form('a=1&b=2'), form('a=1&b=3')],
  ['a field more', form('a=1'), form('a=1&b=')],
  ['the order of one field', form('a=1&a=2'), form('a=2&a=1')],
  ['a repeated field', form('a=1'), form('a=1&a=1')],
  ['a list and a single value', form('a[]=1'), form('a=1')],
  ['an encoded ampersand', form('a=1&b=2'), form('a=1%26b=2')],
  ['an encoded equals sign', form('a=b=1'), form('a%3Db=1')],
  ['an encoded plus', form('a=b+c'), form('a=b%2Bc')],
  ['a broken escape', form('a=%zz'), form('a=%25zz')],
  ['invalid UTF-8 in a form', form('a=%ff'), form('a=%fe')],
  ['a text', text('one'), text('two')],
  ['white space in a text', text('one'), text('one ')],
  ['line ends in a text', text('a\nb'), text('a\r\nb')],
  ['a byte', bytes(Buffer.from([0, 1])), bytes(Buffer.from([0, 2]))],
  ['a byte at the end', bytes(Buffer.from([1])), bytes(Buffer.from([1, 0]))],
];

const SAME_QUESTION: [difference: string, one: Ask, other: Ask][] = [
  ['the order of members', json(PAY), json('{"to":"ann","amount":10}')],
  [
    'the order of inner members',
    json('{"a":{"b":1,"c":[{"d":1,"e":2}]}}'),
    json('{"a":{"c":[{"e":2,"d":1}],"b":1}}'),
  ],
  ['white space', json(PAY), json(' {\n\t"amount" : 10 , "to":\r\n"ann" } ')],
  ['escapes', json('{"a":"\u00e9/"}'), json('{"\\u0061":"\\u00e9\\/"}')],
  ['the case of a content type', json(PAY), { body: PAY, headers: ['content-type: Application/JSON'] }],
  [
    'white space in a content type',
    typed('Content-Type: application/json; charset=utf-8')(PAY),
    typed('Content-Type: application/json;charset="UTF-8"')(PAY),
  ],
  ['gzip', json(PAY), json(gzipSync(PAY), 'Content-Encoding: gzip')],
  ['deflate', json(PAY), json(deflateSync(PAY), 'Content-Encoding: deflate')],
  ['brotli', json(PAY), json(brotliCompressSync(PAY), 'Content-Encoding: br')],
  [
    'the level of compression',
    json(gzipSync(PAY, { level: 1 }), 'Content-Encoding: gzip'),
    json(gzipSync(PAY, { level: 9 }), 'Content-Encoding: gzip'),
  ],
  ['gzip of a form', form('a=1'), form(gzipSync('a=1'), 'Content-Encoding: gzip')],
  ['gzip of a text', text('one'), text(gzipSync('one'), 'Content-Encoding: gzip')],
  ['gzip of bytes', bytes('one'), bytes(gzipSync('one'), 'Content-Encoding: gzip')],
  [
    'chunks',
    json(PAY),
    { body: '', headers: [JSON_TYPE, 'Transfer-Encoding: chunked', '', `18\r\n${PAY}\r\n0`] },
  ],
  ['the order of fields', form('a=1&b=2'), form('b=2&a=1')],
  ['the encoding of a form', form('a=b%20c%2d'), form('%61=b+c-')],
  ['a length of 0', {}, { headers: ['Content-Length: 0'] }],
];

describe.each(PLATFORMS)('bodies on %s', (platform) => {
  let echo: EchoApp;
  let keys = 0;

  beforeAll(async () => {
    echo = await createEchoApp(platform);
  });
  afterAll(() => echo.close());

  it.each(ANOTHER_QUESTION)('[B11] [B13] takes %s for another question', async (_, one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const key = `other-${++keys}`;
      const answer = await echo.ask(key, first);
      // A parser may refuse it; then no key is consumed, and there is nothing to take for anything.
      if (answer.status >= 400) continue;
      const before = echo.runs();
      const retry = await echo.ask(key, second);
      expect([retry.replayed, echo.runs()]).toEqual([false, before]);
      expect(retry.status).toBeGreaterThanOrEqual(400);
      expect(retry.status).not.toBe(409);
      if (retry.status === 422) expect(retry.json).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
      expect((await echo.ask(key, first)).replayed).toBe(true);
    }
  });

  it.each(SAME_QUESTION)('[B12] takes no notice of %s', async (_, one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const key = `same-${++keys}`;
      const answer = await echo.ask(key, first);
      expect(answer.status).toBe(201);
      const retry = await echo.ask(key, second);
      expect([retry.status, retry.replayed, retry.json]).toEqual([201, true, answer.json]);
    }
  });

  it('[B11] tells nothing of the first request in a mismatch', async () => {
    await echo.ask('quiet', json('{"secret":"of the first"}'));
    const answer = await echo.ask('quiet', json('{"secret":"of the second"}'));
    expect(answer.status).toBe(422);
    expect(`${answer.head}${JSON.stringify(answer.json)}`).not.toMatch(/of the (first|second)|quiet/);
    expect(answer.head).not.toMatch(/idempotent-replayed/i);
  });

  it.each([
    ['an unparsed type', { body: 'a', headers: ['Content-Type: application/x-unknown'] }],
    ['no type at all', { body: 'a' }],
    ['a broken type', { body: 'a', headers: ['Content-Type: ;;;'] }],
    [
      'a type that nobody reads, in chunks',
      { headers: ['Content-Type: application/x-unknown', 'Transfer-Encoding: chunked', '', '1\r\na\r\n0'] },
    ],
    [
      'multipart, where nobody parses it',
      { body: '--b\r\n\r\n--b--', headers: ['Content-Type: multipart/form-data; boundary=b'] },
    ],
  ] as [string, Ask][])('[B11] refuses a body of %s: nobody could tell it from another', async (_, ask) => {
    const before = echo.runs();
    const answer = await echo.ask('unparsed', ask);
    expect(answer.status).toBe(415);
    expect(echo.runs()).toBe(before);
    expect((await echo.ask(`after-${++keys}`, {})).status).toBe(201);
  });

  it('[B11] has nothing stored after a body that cannot be read', async () => {
    echo.store.forgetCalls();
    await echo.ask('unread', { body: 'a', headers: ['Content-Type: application/x-unknown'] });
    await echo.ask('unread', json('{"broken'));
    await echo.ask('unread', json(gzipSync('{"broken'), 'Content-Encoding: gzip'));
    await echo.ask('unread', json('not gzip', 'Content-Encoding: gzip'));
    expect(echo.store.calls).toEqual([]);
  });
});

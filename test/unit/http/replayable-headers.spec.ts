import { isNeverReplayed, replayableHeaders } from '../../../lib/http/replayable-headers.js';

const none = new Set<string>();

describe('the headers that are recorded', () => {
  it('[B31] are those that came or changed since before the handler', () => {
    const before = {
      'x-powered-by': 'Express',
      vary: 'Origin',
      'x-list': ['a', 'b'],
      'x-gone': '1',
      etag: 'a',
    };
    const after = {
      'x-powered-by': 'Express',
      vary: 'Origin, Accept',
      'x-list': ['a', 'b'],
      location: '/orders/1',
      etag: 'b',
    };
    expect(replayableHeaders(before, after, none)).toEqual([
      ['vary', 'Origin, Accept'],
      ['location', '/orders/1'],
      ['etag', 'b'],
    ]);
  });

  it('[B31] keep lists, and notice what changed in them', () => {
    const before = { link: ['a', 'b'], warning: ['a'], x: 'a', y: ['a'] };
    const after = { link: ['a', 'c'], warning: ['a', 'b'], x: ['a'], y: 'a' };
    expect(replayableHeaders(before, after, none)).toEqual([
      ['link', ['a', 'c']],
      ['warning', ['a', 'b']],
      ['x', ['a']],
      ['y', 'a'],
    ]);
  });

  it('[B31] have names in lower case and strings for values', () => {
    expect(
      replayableHeaders({ 'X-Count': 1 }, { 'x-count': '1', 'X-Total': 2, 'x-none': undefined }, none),
    ).toEqual([['x-total', '2']]);
  });

  it('[B33] contain the content type in any case', () => {
    const headers = { 'content-type': 'text/csv' };
    expect(replayableHeaders(headers, headers, none)).toEqual([['content-type', 'text/csv']]);
    expect(replayableHeaders(headers, headers, new Set(['content-type']))).toEqual([]);
  });

  it('[B32] do not contain what the application excludes', () => {
    expect(
      replayableHeaders({}, { 'x-node': '1', 'X-Own': '2', 'x-kept': '3' }, new Set(['x-node', 'x-own'])),
    ).toEqual([['x-kept', '3']]);
  });

  it.each([
    'set-cookie',
    'set-cookie2',
    'date',
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'content-length',
    'authorization',
    'www-authenticate',
    'authentication-info',
    'server-timing',
    'traceparent',
    'tracestate',
    'baggage',
    'b3',
    'x-b3-traceid',
    'x-request-id',
    'x-correlation-id',
    'x-trace-id',
    'x-amzn-trace-id',
    'x-cloud-trace-context',
    'ratelimit',
    'ratelimit-policy',
    'ratelimit-remaining',
    'x-ratelimit-limit',
    'x-rate-limit-reset',
    'access-control-allow-origin',
    'alt-svc',
    'server',
    'via',
    'age',
    'idempotent-replayed',
    'x-auth-token',
    'x-csrf-token',
    'x-xsrf-token',
    'x-response-time',
    'x-datadog-trace-id',
    'sentry-trace',
    'uber-trace-id',
    'traceresponse',
    'x-amzn-requestid',
    'x-api-key',
    'x-access-token',
    'x-refresh-token',
    'x-session-token',
    'x-session-id',
    'request-id',
    'correlation-id',
    'cf-ray',
    'x-ms-request-id',
    'x-amzn-remapped-date',
  ])('[B32] never contain %s', (name) => {
    expect(isNeverReplayed(name)).toBe(true);
    expect(replayableHeaders({}, { [name]: ['1'], [name.toUpperCase()]: '2' }, none)).toEqual([]);
  });

  it.each([
    'content-type',
    'content-encoding',
    'content-disposition',
    'location',
    'etag',
    'link',
    'retry-after',
    'vary',
    'x-custom',
    'x-tokens-left',
    'x-request-idle',
  ])('[B31] may contain %s', (name) => {
    expect(isNeverReplayed(name)).toBe(false);
    expect(replayableHeaders({}, { [name]: '1' }, none)).toEqual([[name, '1']]);
  });
});

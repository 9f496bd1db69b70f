import { CREDENTIALS } from './caller.js';

/** Headers as Node's `getHeaders()` gives them. */
export type HeaderSnapshot = Readonly<Record<string, number | string | readonly string[] | undefined>>;

const NEVER_REPLAYED: ReadonlySet<string> = new Set([
  ...CREDENTIALS,
  // Cookies and credentials: they belong to the caller of the first request, and to its session.
  'set-cookie',
  'set-cookie2',
  'authorization',
  'www-authenticate',
  'authentication-info',
  'x-auth-token',
  'x-csrf-token',
  'x-xsrf-token',
  // This connection, this hop, this message's framing.
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  // When, where and by whom this very answer was made.
  'date',
  'age',
  'via',
  'server',
  'alt-svc',
  'server-timing',
  'x-response-time',
  // Tracing.
  'traceparent',
  'tracestate',
  'traceresponse',
  'baggage',
  'b3',
  'sentry-trace',
  'uber-trace-id',
  'x-request-id',
  'x-correlation-id',
  'x-trace-id',
  'x-amzn-trace-id',
  'x-amzn-requestid',
  'cf-ray',
  'x-cloud-trace-context',
  // Ours.
  'idempotent-replayed',
]);

/** Families: hop-by-hop, tracing, rate limits, and what CORS says about this request's origin. */
const NEVER_REPLAYED_PREFIXES = [
  'proxy-',
  'x-b3-',
  'x-datadog-',
  'x-amzn-remapped-',
  'ratelimit',
  'x-ratelimit',
  'x-rate-limit',
  'access-control-',
] as const;

/**
 * Words of a name that say the same, whosever header it is: `X-Refresh-Token`, `X-Session-Id`, `X-Ms-Request-Id`.
 * Rather one header too few in a replay than one caller's session in another's.
 */
const NEVER_REPLAYED_WORDS = /(^|-)(token|session-?id|request-?id|correlation-?id|trace)(-|$)/;

/**
 * Whether a header (its name in lower case) belongs to the moment of an answer, not to what is answered.
 * `Retry-After` is not one of these: in a recorded answer (a 202, 3xx or 4xx of the handler) it is part of what
 * the handler said. Nor is `Content-Encoding`: who set it decides whether the recorded bytes are encoded.
 */
export function isNeverReplayed(name: string): boolean {
  return (
    NEVER_REPLAYED.has(name) ||
    NEVER_REPLAYED_WORDS.test(name) ||
    NEVER_REPLAYED_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

/**
 * The headers to record: those that changed or came since the snapshot `before`, in lower case, but for those
 * that are never replayed and those in `deny` (names in lower case). What stood there before, middleware sets
 * again on every request: CORS, security headers, request ids. `content-type` is recorded in any case: the
 * recorded bytes mean nothing without it. Numbers become strings; lists stay lists.
 */
export function replayableHeaders(
  before: HeaderSnapshot,
  after: HeaderSnapshot,
  deny: ReadonlySet<string>,
): [name: string, value: string | readonly string[]][] {
  const old = new Map(entriesOf(before));
  return entriesOf(after).filter(
    ([name, value]) =>
      !isNeverReplayed(name) && !deny.has(name) && (name === 'content-type' || !isSame(old.get(name), value)),
  );
}

function entriesOf(headers: HeaderSnapshot): [name: string, value: string | readonly string[]][] {
  const entries: [string, string | readonly string[]][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    // Node and Fastify take anything for a value, a Date or null as well, and send it as text.
    entries.push([name.toLowerCase(), Array.isArray(value) ? value.map(String) : String(value)]);
  }
  return entries;
}

function isSame(a: string | readonly string[] | undefined, b: string | readonly string[]): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

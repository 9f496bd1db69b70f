import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import { unknownNames } from '../errors/unknown-names.js';
import { encodeResponse, type RecordedResponse } from '../http/recorded-response.js';
import { isNeverReplayed } from '../http/replayable-headers.js';
import type { Resolution } from '../store/idempotency-store.js';
import type { RecordNote } from './idempotency-record.js';
import type { RecordResolution, ResolvedResponse } from './resolution.js';

/** What a resolution takes from the module where it does not say it itself. ms */
export interface ResolutionDefaults {
  readonly ttl: number;
  readonly tombstone: number;
}

/** A resolution as the store gets it. @throws IdempotencyConfigurationError when something in it is wrong */
export function encodeResolution(
  resolution: RecordResolution,
  { ttl, tombstone }: ResolutionDefaults,
): Resolution {
  const problems = [...problemsOf(resolution)];
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
  const { as, by, why } = resolution;
  const note = JSON.stringify({ as, by, why, at: new Date().toISOString() } satisfies RecordNote);
  if (as === 'not-applied') return { as, keep: ttl, note };
  const response = encodeResponse(asRecorded(resolution.response));
  return { as, response, retention: { response: resolution.ttl ?? ttl, tombstone }, note };
}

function* problemsOf(resolution: RecordResolution): Generator<string> {
  if (typeof resolution !== 'object' || (resolution as unknown) === null) {
    yield 'A resolution is an object: { as, by, why }.';
    return;
  }
  yield* unknownNames(resolution, NAMES, 'The resolution');
  const { as, by, why, attempt } = resolution as { as: unknown; by: unknown; why: unknown; attempt: unknown };
  if (as !== 'completed' && as !== 'not-applied')
    yield "A resolution is as: 'completed' or as: 'not-applied'.";
  if (!isText(by, 256))
    yield 'A resolution says who it is from: by, 1 to 256 characters, without control characters.';
  if (!isText(why, 1_024))
    yield 'A resolution says what it is known from: why, 1 to 1024 characters, without control characters.';
  if (attempt !== undefined && !(Number.isSafeInteger(attempt) && (attempt as number) > 0))
    yield 'The attempt of a resolution is a whole number greater than 0.';
  if (resolution.as !== 'completed') return;
  const { response, ttl } = resolution as { response: unknown; ttl?: unknown };
  if (ttl !== undefined && !(Number.isSafeInteger(ttl) && (ttl as number) > 0)) {
    yield 'The ttl of a resolution is a whole number of milliseconds greater than 0.';
  }
  if (typeof response !== 'object' || response === null) {
    yield 'A completed resolution has a response: { status, headers, body }.';
    return;
  }
  yield* unknownNames(response, RESPONSE_NAMES, 'The resolved response');
  const { status = 200, headers = {}, body } = response as ResolvedResponse;
  if (!isSendable(body)) yield 'The body of a resolved response is bytes, or a value that JSON knows.';
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    yield 'The status of a resolved response is a whole number from 200 to 599.';
  }
  for (const [name, value] of Object.entries((headers as object | null) ?? {})) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    const isHeader = NAME.test(name) && values.every((one) => typeof one === 'string' && VALUE.test(one));
    if (!isHeader) yield `The resolved response has a header that cannot be sent: ${JSON.stringify(name)}.`;
  }
}

const NAMES = ['as', 'by', 'why', 'attempt', 'response', 'ttl'];
const RESPONSE_NAMES = ['status', 'headers', 'body'] satisfies (keyof ResolvedResponse)[];
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PLAIN = /^[^\p{Cc}\p{Cs}]+$/u;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const isText = (value: unknown, longest: number) =>
  // What has no form in UTF-8 or is escaped in JSON would be longer than a store has to keep.
  typeof value === 'string' && value.length > 0 && value.length <= longest && PLAIN.test(value);

function isSendable(body: unknown): boolean {
  try {
    return body === undefined || body instanceof Uint8Array || JSON.stringify(body) !== undefined;
  } catch {
    return false;
  }
}

function asRecorded({ status = 200, headers, body }: ResolvedResponse): RecordedResponse {
  const isJson = body !== undefined && !(body instanceof Uint8Array);
  const named = new Map(
    Object.entries(headers ?? {})
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      // They come from a log, or from the provider's answer: what framed or encoded other bytes is not about these.
      .filter(([name]) => !isNeverReplayed(name) && !(isJson && name === 'content-encoding')),
  );
  if (isJson && !named.has('content-type')) named.set('content-type', 'application/json; charset=utf-8');
  return { status, headers: [...named], body: bytesOf(body), kept: true };
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

import type { BodyToFingerprint } from './fingerprint.js';
import type { HttpPlatform, HttpRequest } from './platform/http-platform.js';
import { isStream } from './is-stream.js';
import { Refusal } from './refusal.js';

export function isMultipart(request: HttpRequest): boolean {
  return /^\s*multipart\//i.test(request.headers['content-type'] ?? '');
}

/** What the client sent as body, in the most exact form that is there. */
export function bodyOf(platform: HttpPlatform, request: HttpRequest): BodyToFingerprint {
  if (isMultipart(request)) return { kind: 'deferred' };
  if (request.rawBody instanceof Uint8Array) return { kind: 'raw', bytes: request.rawBody };
  if (!hasBody(request)) return { kind: 'none' };
  if (platform.isBodyParsed(request) && !isStream(request.body))
    return { kind: 'parsed', value: request.body };
  throw new Refusal('BODY_UNREADABLE', {
    detail:
      'The server cannot read a body of this content type, so it cannot tell a retry from another request. ' +
      'To accept it, register a body parser for it, or set the `fingerprint` option.',
  });
}

function hasBody({ headers }: HttpRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

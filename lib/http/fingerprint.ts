import { isUtf8 } from 'node:buffer';
import { canonicalContentType } from './canonical-content-type.js';
import type { CanonicalContentType } from './canonical-content-type.js';
import { canonicalQuery } from './canonical-form.js';
import { canonicalJson } from './canonical-json.js';
import { canonicalValue } from './canonical-value.js';
import { readDigest, sameDigest, writeDigest } from './digest.js';
import { Keyring, type DigestKey } from './keyring.js';
import { lengthPrefixed } from './length-prefixed.js';

/** What a client asked for, as far as it makes a difference. */
export interface RequestToFingerprint {
  readonly method: string;
  /** The route with everything that was filled into it: host and path parameters, version. */
  readonly target: string;
  /** As it was sent, without `?`; `''` when there is none. */
  readonly rawQuery: string;
  /** The `Content-Type` header. */
  readonly contentType?: string;
  readonly body: BodyToFingerprint;
}

export type BodyToFingerprint =
  | { readonly kind: 'none' }
  /** As it was sent, content encoding undone. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  /** Only what a parser made of it is there. */
  | { readonly kind: 'parsed'; readonly value: unknown }
  /** The application says what counts: query, content type and body do not, only method, target and this. */
  | { readonly kind: 'selected'; readonly value: unknown }
  /** Multipart, not parsed yet: see `uploads.ts`. */
  | { readonly kind: 'deferred' };

/** The algorithm of new fingerprints. A change of what is digested, or how, is a new version beside the old. */
const CURRENT = '1';

type Algorithm = (key: DigestKey, request: RequestToFingerprint) => string;

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([[CURRENT, digestVersion1]]);

/** Makes and compares fingerprints: HMAC-SHA-256 over what the client asked for. */
export class Fingerprinter {
  /** The secrets, for other digests that are kept beside the fingerprint. */
  readonly keyring: Keyring;

  /** The first secret signs, all verify. With none, a built-in one that is not secret signs. */
  constructor(secrets: readonly (string | Uint8Array)[]) {
    this.keyring = new Keyring(secrets);
  }

  /**
   * `1.<name of the secret, 8 hex digits>.<43 characters>`; the first field is the version of the algorithm.
   * Throws a `TypeError` for a parsed or selected value that cannot be compared, see `canonicalValue`.
   */
  create(request: RequestToFingerprint): string {
    const key = this.keyring.signing;
    return writeDigest(CURRENT, key, digestVersion1(key, request));
  }

  /**
   * Whether `request` asks what the fingerprint was `stored` for, with the algorithm and the secret it was made
   * with. `unknown` when this version or this application has them not (any more). Throws as `create` does.
   */
  verify(stored: string, request: RequestToFingerprint): 'same' | 'different' | 'unknown' {
    const parsed = readDigest(stored);
    const key = parsed && this.keyring.find(parsed.key);
    const algorithm = parsed && ALGORITHMS.get(parsed.version);
    if (!key || !algorithm) return 'unknown';
    return sameDigest(algorithm(key, request), parsed.digest) ? 'same' : 'different';
  }
}

/** A list of strings, the last of which says what the bytes after the list are. */
function digestVersion1(key: DigestKey, request: RequestToFingerprint): string {
  const { method, target, body } = request;
  if (body.kind === 'selected') {
    return key.digest(lengthPrefixed([method, target, 'selected']), canonicalValue(body.value));
  }
  const contentType = canonicalContentType(request.contentType);
  const [form, content] = formOf(body, contentType);
  const query = canonicalQuery(request.rawQuery);
  return key.digest(lengthPrefixed([method, target, query, contentType.form, form]), content);
}

function formOf(
  body: Exclude<BodyToFingerprint, { kind: 'selected' }>,
  contentType: CanonicalContentType,
): [form: string, content: string | Uint8Array] {
  switch (body.kind) {
    case 'none':
    case 'deferred':
      return [body.kind, ''];
    case 'parsed':
      return ['parsed', canonicalValue(body.value)];
    case 'raw':
      return formOfBytes(body.bytes, contentType);
  }
}

function formOfBytes(
  bytes: Uint8Array,
  { mediaType, charset = 'utf-8' }: CanonicalContentType,
): [form: string, content: string | Uint8Array] {
  // Sent without a body, or with one of no bytes: nobody can tell.
  if (bytes.byteLength === 0) return ['none', ''];
  const isJson = mediaType === 'application/json' || mediaType.endsWith('+json');
  const isForm = mediaType === 'application/x-www-form-urlencoded';
  // Bytes that are not UTF-8 would become equal as text.
  if ((isJson || isForm) && (charset === 'utf-8' || charset === 'utf8') && isUtf8(bytes)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    if (isForm) return ['form', canonicalQuery(text)];
    const json = canonicalJson(text);
    if (json !== undefined) return ['json', json];
  }
  return ['bytes', bytes];
}

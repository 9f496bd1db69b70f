import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { canonicalValue } from './canonical-value.js';
import { readDigest, sameDigest, writeDigest } from './digest.js';
import type { DigestKey, Keyring } from './keyring.js';
import { lengthPrefixed } from './length-prefixed.js';
import type { UploadedPart } from './uploaded-part.js';

export { fieldsOf, filesOf, isMultipartParsed } from './uploaded-part.js';
export type { UploadedContent, UploadedPart } from './uploaded-part.js';

/** A parsed multipart body. */
export interface Uploads {
  /** The text fields, see `fieldsOf`. */
  readonly fields: unknown;
  readonly files: readonly UploadedPart[];
}

export type UploadsDigest = { readonly state: 'digest'; readonly digest: string } | UnreadableUpload;

export interface UnreadableUpload {
  readonly state: 'unreadable';
  /** Name of the form field. */
  readonly field: string;
  /** What reading the file failed with; absent when its bytes are not there at all. */
  readonly cause?: unknown;
}

/** As in `fingerprint.ts`. */
const CURRENT = '1';

/**
 * Digests what was uploaded: the text fields, and of each file its field, its name, its media type and its
 * bytes. Files in one field keep their order; between fields order makes no difference. Files on disk are
 * streamed. The digest says version and secret as a fingerprint does, and is as long.
 */
export async function uploadsDigest(uploads: Uploads, keyring: Keyring): Promise<UploadsDigest> {
  const digest = await digestVersion1(uploads, keyring.signing);
  if (typeof digest !== 'string') return digest;
  return { state: 'digest', digest: writeDigest(CURRENT, keyring.signing, digest) };
}

/**
 * Whether the same was uploaded as when `stored` was made, with the secret it was made with. `unknown` when the
 * version or the secret is not known (any more).
 */
export async function verifyUploads(
  stored: string,
  uploads: Uploads,
  keyring: Keyring,
): Promise<'same' | 'different' | 'unknown' | UnreadableUpload> {
  const parsed = readDigest(stored);
  const key = parsed && keyring.find(parsed.key);
  if (!key || parsed.version !== CURRENT) return 'unknown';
  const digest = await digestVersion1(uploads, key);
  if (typeof digest !== 'string') return digest;
  return sameDigest(digest, parsed.digest) ? 'same' : 'different';
}

async function digestVersion1(
  { fields, files }: Uploads,
  key: DigestKey,
): Promise<string | UnreadableUpload> {
  const parts = ['uploads', canonicalValue(fields)];
  for (const file of files.toSorted(byField)) {
    const content = await digestContent(file);
    if (typeof content !== 'string') return content;
    parts.push(file.field, file.name, file.mimeType, content);
  }
  return key.digest(lengthPrefixed(parts));
}

async function digestContent({ field, content }: UploadedPart): Promise<string | UnreadableUpload> {
  const hash = createHash('sha256');
  switch (content.kind) {
    case 'bytes':
      return hash.update(content.bytes).digest('base64url');
    case 'path':
      try {
        for await (const chunk of createReadStream(content.path)) hash.update(chunk as Buffer);
        return hash.digest('base64url');
      } catch (cause) {
        return { state: 'unreadable', field, cause };
      }
    case 'unreadable':
      return { state: 'unreadable', field };
  }
}

/** Files of one field stay in their order: sorting is stable. */
function byField(a: UploadedPart, b: UploadedPart): number {
  return a.field < b.field ? -1 : a.field > b.field ? 1 : 0;
}

import type { Keyring } from './keyring.js';
import type { HttpRequest } from './platform/http-platform.js';
import { Refusal } from './refusal.js';
import {
  fieldsOf,
  filesOf,
  isMultipartParsed,
  uploadsDigest,
  verifyUploads,
  type Uploads,
} from './uploads.js';

const unreadable = (cause?: unknown) =>
  new Refusal('BODY_UNREADABLE', {
    detail:
      'The server cannot see what was uploaded, so it cannot tell a retry from another request. ' +
      'To accept uploads, parse them before the handler runs (FileInterceptor with memory or disk storage; on Fastify also ' +
      '@fastify/multipart with attachFieldsToBody), or set the `fingerprint` option.',
    cause,
  });

export async function digestUploads(request: HttpRequest, keyring: Keyring): Promise<string> {
  const result = await comparable(() => uploadsDigest(uploadsOf(request), keyring));
  if (result.state === 'unreadable') throw unreadable(result.cause);
  return result.digest;
}

/** @throws Refusal when the files are not those of the record, or cannot be compared with them. */
export async function checkUploads(kept: string, request: HttpRequest, keyring: Keyring): Promise<void> {
  const verdict = await comparable(() => verifyUploads(kept, uploadsOf(request), keyring));
  if (verdict === 'same') return;
  if (verdict === 'different') throw new Refusal('KEY_REUSED');
  if (verdict === 'unknown') throw new Refusal('RECORD_UNREADABLE');
  throw unreadable(verdict.cause);
}

/** Fields that a parser made something of that cannot be compared are as good as not seen. */
async function comparable<T>(digest: () => Promise<T>): Promise<T> {
  try {
    return await digest();
  } catch (error) {
    throw error instanceof TypeError ? unreadable(error) : error;
  }
}

function uploadsOf(request: HttpRequest): Uploads {
  if (!isMultipartParsed(request)) throw unreadable();
  return { files: filesOf(request) ?? [], fields: fieldsOf(request) };
}

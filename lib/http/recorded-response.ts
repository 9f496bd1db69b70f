import { crc32 } from 'node:zlib';
import { RecordUnreadableError } from '../errors/record-unreadable.error.js';
import { ByteReader } from './byte-reader.js';

/** An answer as it went over the wire, for replays. */
export interface RecordedResponse {
  readonly status: number;
  /** Names in lower case. A list is a header that is sent several times. */
  readonly headers: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly body: Uint8Array;
  /** `false`: it was answered, but the body is not kept, because it was too large or could not be seen. */
  readonly kept: boolean;
  /** Digest of the uploaded files the answer was given for, see `uploads.ts`. */
  readonly uploads?: string;
}

/*
 * Format 1; numbers are little-endian. `text` is a length in bytes and UTF-8.
 *
 *   u8 version   u8 flags   u16 status   u32 bytes in all
 *   text uploads, if flagged
 *   u16 headers, each: text name, u16 values, text value …     0 values: one that is not a list; else 1 more than listed
 *     if flagged, one more before them, which most answers have: content-type: application/json; charset=utf-8
 *   body: everything up to
 *   u32 CRC-32 of all before
 */
const VERSION = 1;
const KEPT = 1;
const UPLOADS = 2;
const JSON_FIRST = 4;
const JSON_TYPE = ['content-type', 'application/json; charset=utf-8'] as const;
const PREFIX = 8;
const SUFFIX = 4;

/** The bytes to store. They are the caller's: nothing keeps or shares them. */
export function encodeResponse(response: RecordedResponse): Uint8Array {
  const { status, body, kept, uploads } = response;
  const isJson = isJsonType(response.headers[0]);
  const headers = isJson ? response.headers.slice(1) : response.headers;
  const size = sizeOf({ ...response, headers });
  const bytes = Buffer.allocUnsafeSlow(size); // Not from the pool: stores may keep it for a day.
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8((kept ? KEPT : 0) | (uploads === undefined ? 0 : UPLOADS) | (isJson ? JSON_FIRST : 0), 1);
  bytes.writeUInt16LE(status, 2);
  let at = bytes.writeUInt32LE(size, 4);
  const text = (value: string): void => {
    const length = bytes.write(value, at + 4, 'utf8');
    bytes.writeUInt32LE(length, at);
    at += 4 + length;
  };
  if (uploads !== undefined) text(uploads);
  at = bytes.writeUInt16LE(headers.length, at);
  for (const [name, value] of headers) {
    text(name);
    at = bytes.writeUInt16LE(typeof value === 'string' ? 0 : value.length + 1, at);
    for (const one of typeof value === 'string' ? [value] : value) text(one);
  }
  bytes.set(body, at);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, size - SUFFIX)), size - SUFFIX);
  return bytes;
}

/**
 * Reads what `encodeResponse` wrote. The body is a view of `bytes`, not a copy. Throws a
 * `RecordUnreadableError` for anything else: damaged, cut off, or written by a version with another format. `isVerified`:
 * the store has found them to be the bytes that were written; in long ones, to do that again is what reading them costs.
 */
export function decodeResponse(bytes: Uint8Array, isVerified = false): RecordedResponse {
  const { byteLength } = bytes;
  if (byteLength < PREFIX + SUFFIX) throw new RecordUnreadableError('The recorded response is cut off.');
  if (bytes[0] !== VERSION) {
    throw new RecordUnreadableError(
      'The recorded response is damaged, or of a format this version does not know.',
    );
  }
  const end = byteLength - SUFFIX;
  const checksum = new ByteReader(bytes.subarray(end), SUFFIX).u32();
  if (!isVerified && crc32(bytes.subarray(0, end)) !== checksum) throw damaged();
  const reader = new ByteReader(bytes, end);
  reader.u8();
  const flags = reader.u8();
  const status = reader.u16();
  if (reader.u32() !== byteLength || flags > (KEPT | UPLOADS | JSON_FIRST)) throw damaged();
  // A job's, or one that HTTP can send.
  if (status !== 0 && (status < 200 || status > 599)) throw damaged();
  const uploads = flags & UPLOADS ? reader.text() : undefined;
  const others = Array.from({ length: reader.u16() }, () => readHeader(reader));
  const headers = flags & JSON_FIRST ? [JSON_TYPE, ...others] : others;
  const body = reader.rest();
  return { status, headers, body, kept: (flags & KEPT) !== 0, ...(uploads !== undefined && { uploads }) };
}

/** Only the first one: headers keep their order. */
const isJsonType = (header: RecordedResponse['headers'][number] | undefined): boolean =>
  header?.[0] === JSON_TYPE[0] && header[1] === JSON_TYPE[1];

function readHeader(reader: ByteReader): [name: string, value: string | string[]] {
  const name = reader.text();
  const count = reader.u16();
  return [name, count === 0 ? reader.text() : Array.from({ length: count - 1 }, () => reader.text())];
}

function sizeOf({ headers, body, uploads }: RecordedResponse): number {
  let size = PREFIX + 2 + body.byteLength + SUFFIX;
  if (uploads !== undefined) size += sizeOfText(uploads);
  for (const [name, value] of headers) {
    size += sizeOfText(name) + 2;
    for (const one of typeof value === 'string' ? [value] : value) size += sizeOfText(one);
  }
  return size;
}

function sizeOfText(text: string): number {
  return 4 + Buffer.byteLength(text, 'utf8');
}

function damaged(): RecordUnreadableError {
  return new RecordUnreadableError('The recorded response is damaged.');
}

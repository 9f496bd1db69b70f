import { StreamableFile } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { drain } from './drain.js';
import type { SettledValue } from './http-platform.js';

/** Nest's file, whichever copy of Nest it comes from. */
interface FileLike {
  getStream(): Readable;
  getHeaders(): { type?: string; disposition?: string | string[]; length?: number };
}

export function isFile(value: unknown): value is FileLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as FileLike).getStream === 'function' &&
    typeof (value as FileLike).getHeaders === 'function'
  );
}

/** A file whose bytes are in memory, if they fit; whatever else comes in goes out. */
export async function settleFile(value: unknown, limit: number): Promise<SettledValue> {
  if (!isFile(value)) return { value, isFile: false, again: () => (isSpent(value) ? spent() : value) };
  const drained = await drain(value.getStream(), limit);
  const headers = value.getHeaders() as ConstructorParameters<typeof StreamableFile>[1];
  if (!drained.whole)
    return { value: new StreamableFile(drained.stream, headers), isFile: true, again: spent };
  const again = () => new StreamableFile(drained.bytes, headers);
  return { value: again(), isFile: true, again };
}

/** Nest 12 sends web responses, web streams and generators as they come; they cannot be read a second time. */
function isSpent(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || 'getReader' in value || value instanceof Response)
  );
}

function spent(): never {
  throw new Error('This answer was a stream, and its client left while it was sent.');
}

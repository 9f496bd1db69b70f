import { StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { Tee } from './tee.js';

/** What a handler or an interceptor gave, to be sent, and perhaps sent again to nobody in order to be recorded. */
export interface Repeatable {
  /** The value, or a stream like the one that was given. @throws Error when there is no second time */
  fresh(): unknown;
  /** Of a stream: resolves when its source has ended, rejects when that failed. */
  readonly ended?: Promise<void>;
  /** Of a stream: nobody will read it any more, but its source shall run to its end. */
  abandon?(): void;
}

/** Nest's file, whichever copy of Nest it comes from. */
interface FileLike {
  getStream(): Readable;
  getHeaders(): { type?: string; disposition?: string | string[]; length?: number };
  errorHandler?: Parameters<StreamableFile['setErrorHandler']>[0];
  errorLogger?: Parameters<StreamableFile['setErrorLogger']>[0];
}

/**
 * Nest stops a stream when its client leaves: just the request that will be retried. So streams are read to their end
 * here, and Nest gets one like it. `limit`: bytes that can be read again.
 */
export function repeatable(value: unknown, limit: number): Repeatable {
  // What is almost always given is none of what follows.
  if (typeof value !== 'object' || value === null || isPlain(value)) return asIs(value);
  if (isFile(value)) {
    const source = value.getStream();
    return isFlowing(source) ? once(value) : teed(source, limit, (tee) => fileOf(value, source, tee));
  }
  if (isWebResponse(value)) {
    const { body } = value;
    if (!body || body.locked) return body ? once(value) : asIs(value);
    return teed(body, limit, (tee) => responseOf(value, tee));
  }
  if (isWebStream(value)) {
    return value.locked ? once(value) : teed(value, limit, webStreamOf);
  }
  if (value instanceof Readable) {
    // Byte or object, its chunks come as they are.
    return isFlowing(value) ? once(value) : teed(value, limit, (tee) => Readable.from(tee.read()));
  }
  if (isGenerator(value)) return teed(value, limit, (tee) => tee.read());
  return isStream(value) ? once(value) : asIs(value);
}

/** What can be given as often as needed. */
export function asIs(value: unknown): Repeatable {
  return { fresh: () => value };
}

export function isFile(value: unknown): value is FileLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as FileLike).getStream === 'function' &&
    typeof (value as FileLike).getHeaders === 'function'
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || Array.isArray(value)) &&
    !(Symbol.asyncIterator in value) &&
    !(Symbol.toStringTag in value) &&
    !isFile(value)
  );
}

function teed(source: AsyncIterable<unknown>, limit: number, make: (tee: Tee) => unknown): Repeatable {
  const tee = new Tee(source[Symbol.asyncIterator](), limit);
  return { fresh: () => make(tee), ended: tee.ended, abandon: () => tee.abandon() };
}

/** A stream that somebody reads already, or of a kind that is not known: sent as it is. */
function once(value: unknown): Repeatable {
  let given = false;
  return {
    fresh: () => {
      if (given) throw new Error('This answer was a stream that cannot be read again.');
      given = true;
      return value;
    },
  };
}

function fileOf(file: FileLike, source: Readable, tee: Tee): StreamableFile {
  const stream = Readable.from(tee.read(), { objectMode: source.readableObjectMode });
  const copy = new StreamableFile(stream, file.getHeaders());
  if (file.errorHandler) copy.setErrorHandler(file.errorHandler);
  if (file.errorLogger) copy.setErrorLogger(file.errorLogger);
  return copy;
}

function responseOf(response: Response, tee: Tee): Response {
  const { status, statusText, headers, type } = response;
  const copy = new Response(webStreamOf(tee) as never, { status, statusText, headers });
  // By its type Nest knows one that was fetched, whose headers still speak of that connection.
  return Object.defineProperty(copy, 'type', { value: type });
}

function webStreamOf(tee: Tee): ReadableStream {
  const iterator = tee.read();
  return new ReadableStream({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await iterator.return(undefined);
    },
  });
}

function isFlowing(stream: Readable): boolean {
  return Readable.isDisturbed(stream) || stream.destroyed;
}

function isWebResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]';
}

function isWebStream(value: unknown): value is ReadableStream {
  return isStream(value) && typeof (value as ReadableStream).getReader === 'function';
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown> {
  return Object.prototype.toString.call(value) === '[object AsyncGenerator]';
}

function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

import { Readable } from 'node:stream';

/** A stream that was read: all of it, or what came before the limit was passed with the rest still to come. */
export type Drained =
  { readonly whole: true; readonly bytes: Uint8Array } | { readonly whole: false; readonly stream: Readable };

/** Reads a stream into memory up to `limit` bytes. What is larger comes back as a stream of the same bytes. */
export async function drain(source: AsyncIterable<unknown>, limit: number): Promise<Drained> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const iterator = source[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = (await iterator.next()) as IteratorResult<unknown, unknown>;
    if (done) return { whole: true, bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length) };
    const chunk = typeof value === 'string' ? Buffer.from(value) : value;
    if (!(chunk instanceof Uint8Array)) throw new TypeError('A response stream must give strings or bytes.');
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > limit)
      return { whole: false, stream: Readable.from(resume(chunks, iterator), { objectMode: false }) };
  }
}

async function* resume(chunks: Uint8Array[], rest: AsyncIterator<unknown>): AsyncGenerator<unknown> {
  try {
    yield* chunks;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

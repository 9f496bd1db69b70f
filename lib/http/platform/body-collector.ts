/** Collects the bytes of a body up to a limit, without copying what it is given until the end. */
export class BodyCollector {
  private chunks: Uint8Array[] = [];
  private length = 0;

  constructor(private readonly limit: number) {}

  add(chunk: Uint8Array): void {
    this.length += chunk.byteLength;
    if (this.length > this.limit) this.chunks = [];
    else this.chunks.push(chunk);
  }

  /** All bytes seen, kept or not. */
  get seen(): number {
    return this.length;
  }

  /** The body, or nothing when it was larger than the limit. */
  get body(): Uint8Array | undefined {
    if (this.length > this.limit) return undefined;
    return this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks, this.length);
  }
}

/** Bytes of what `write` and `end` take; `undefined` when there are none. */
export function bytesOf(chunk: unknown, encoding: unknown): Uint8Array | undefined {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk : undefined;
}

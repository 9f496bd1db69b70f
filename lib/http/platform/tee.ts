/**
 * Reads a source to its end, whoever stops listening, and can be read from the start as often as needed while what
 * came so far fits `limit` bytes. What is larger has one reader, who sets the pace until he leaves.
 */
export class Tee {
  private chunks: unknown[] = [];
  private dropped = 0;
  private size = 0;
  private state: 'open' | 'done' | 'failed' = 'open';
  private error: unknown;
  private reader: { at: number; left: boolean } | undefined;
  private abandoned = false;
  private readonly changes = new Set<() => void>();

  /** Resolves when the source has ended, rejects when it failed. */
  readonly ended: Promise<void>;

  constructor(
    private readonly source: AsyncIterator<unknown, unknown>,
    /** Bytes. */
    private readonly limit: number,
  ) {
    this.ended = this.pump();
    this.ended.catch(() => undefined);
  }

  /** Nobody will read this any more: the source goes on at its own pace. */
  abandon(): void {
    this.abandoned = true;
    this.announce();
  }

  /** @throws Error when the start is not kept any more */
  read(): AsyncGenerator<unknown> {
    if (this.dropped > 0) throw notKept();
    const reader = { at: 0, left: false };
    this.reader = reader;
    const leave = () => {
      reader.left = true;
      this.announce();
    };
    // Not a generator function: one that was never started does not notice that it is told to return.
    const iterator = {
      [Symbol.toStringTag]: 'AsyncGenerator',
      [Symbol.asyncIterator]: () => iterator,
      next: () => this.next(reader),
      return: (value: unknown) => {
        leave();
        return Promise.resolve({ done: true as const, value });
      },
      throw: (error: unknown) => {
        leave();
        return Promise.reject(error);
      },
    } as unknown as AsyncGenerator<unknown>;
    return iterator;
  }

  private get overflows(): boolean {
    return this.size > this.limit;
  }

  private async next(reader: { at: number; left: boolean }): Promise<IteratorResult<unknown>> {
    while (!reader.left && reader.at >= this.dropped + this.chunks.length && this.state === 'open') {
      await this.change();
    }
    if (reader.left) return { done: true, value: undefined };
    if (reader.at < this.dropped) throw notKept();
    if (reader.at < this.dropped + this.chunks.length) {
      const value = this.chunks[reader.at - this.dropped];
      reader.at++;
      if (this.overflows) this.drop(reader.at);
      return { done: false, value };
    }
    if (this.state === 'failed') throw this.error;
    return { done: true, value: undefined };
  }

  private async pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.source.next();
        if (done) break;
        this.size += sizeOf(value);
        this.chunks.push(value);
        this.announce();
        while (this.overflows && this.chunks.length > 0) {
          if (this.abandoned || this.reader?.left) this.drop(this.dropped + this.chunks.length);
          else await this.change();
        }
      }
      this.state = 'done';
    } catch (error) {
      this.state = 'failed';
      this.error = error;
      throw error;
    } finally {
      this.announce();
    }
  }

  private drop(before: number): void {
    this.chunks.splice(0, before - this.dropped);
    this.dropped = before;
    this.announce();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.changes.add(resolve));
  }

  private announce(): void {
    for (const resolve of this.changes) resolve();
    this.changes.clear();
  }
}

function notKept(): Error {
  return new Error('This answer was a stream that is not kept.');
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk);
  if (ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer) return chunk.byteLength;
  // A line of JSON, when it is sent. Its size matters little here: what is sent is measured again.
  return 1;
}

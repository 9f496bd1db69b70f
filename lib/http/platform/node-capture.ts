import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Substitute, WireAnswer, WireListener } from './http-platform.js';
import { BodyCollector, bytesOf } from './body-collector.js';
import { onClose } from './on-close.js';
import { override } from './override.js';

type Callback = (error?: Error | null) => void;
type Write = (chunk: unknown, encoding?: BufferEncoding, callback?: Callback) => boolean;
type End = (chunk?: unknown, encoding?: BufferEncoding, callback?: Callback) => ServerResponse;
type Phase = 'open' | 'held' | 'passing';

/**
 * Taps a Node response where the application writes to it: inside whatever middleware wrapped it before
 * (compression), so that a replay goes through that middleware again. The last byte is held back until the
 * listener lets it go.
 */
export class NodeCapture {
  private phase: Phase = 'open';
  private readonly collector: BodyCollector;
  private head: { status: number; headers: OutgoingHttpHeaders } | undefined;
  private heldChunk: Uint8Array | undefined;
  private readonly own: { write: Write; end: End; writeHead: ServerResponse['writeHead'] };

  constructor(
    private readonly response: ServerResponse,
    private readonly listener: WireListener,
    /** How an answer is replaced; platforms differ in what they must clean up. */
    private readonly replace: (substitute: Substitute) => void,
  ) {
    this.collector = new BodyCollector(listener.maxBodyBytes);
    this.own = {
      write: response.write as Write,
      end: response.end as End,
      writeHead: response.writeHead,
    };
    response.write = ((chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback) =>
      this.write(chunk, ...normalise(encoding, callback))) as ServerResponse['write'];
    response.end = ((chunk?: unknown, encoding?: BufferEncoding | Callback, callback?: Callback) =>
      typeof chunk === 'function'
        ? this.end(undefined, undefined, chunk as Callback)
        : this.end(chunk, ...normalise(encoding, callback))) as ServerResponse['end'];
    response.writeHead = ((...args: Parameters<ServerResponse['writeHead']>) =>
      this.writeHead(args)) as ServerResponse['writeHead'];
    onClose(response, () => {
      if (this.phase === 'open') this.listener.disconnected();
    });
  }

  private writeHead(args: readonly unknown[]): ServerResponse {
    if (this.phase === 'held') throw headersSent();
    if (this.phase === 'open' && !this.head) {
      const [status, second, third] = args as [number, unknown, unknown];
      const headers = typeof second === 'object' ? second : third;
      this.response.statusCode = status;
      // Node takes these without remembering them; set, they are seen by whoever looks at the response.
      for (const [name, value] of headerPairs(headers)) this.response.setHeader(name, value);
      this.takeHead();
      return Reflect.apply(
        this.own.writeHead,
        this.response,
        typeof second === 'string' ? [status, second] : [status],
      ) as ServerResponse;
    }
    return Reflect.apply(this.own.writeHead, this.response, args) as ServerResponse;
  }

  private write(chunk: unknown, encoding?: BufferEncoding, callback?: Callback): boolean {
    if (this.phase === 'held') {
      if (callback) process.nextTick(callback, new Error('write after end'));
      return false;
    }
    const bytes = this.phase === 'open' ? bytesOf(chunk, encoding) : undefined;
    if (!bytes) return this.own.write.call(this.response, chunk, encoding, callback);
    this.takeHead();
    this.flushHeld();
    this.collector.add(bytes);
    if (this.collector.seen >= this.announcedLength()) {
      // With this chunk the client would have the whole answer before it is stored.
      this.heldChunk = bytes;
      if (callback) process.nextTick(callback);
      return true;
    }
    return this.own.write.call(this.response, bytes, undefined, callback);
  }

  private end(chunk?: unknown, encoding?: BufferEncoding, callback?: Callback): ServerResponse {
    if (this.phase === 'passing') return this.own.end.call(this.response, chunk, encoding, callback);
    // A second end while the first is held: Node ignores it too, once the first is through.
    if (this.phase === 'held') return this.response;
    // Node throws, now and not when the answer is let go; Nest then answers with an error.
    if (!this.response.headersSent && !isStatus(this.response.statusCode)) {
      this.head = undefined;
      this.phase = 'passing';
      try {
        return this.own.end.call(this.response, chunk, encoding, callback);
      } finally {
        this.phase = 'open';
      }
    }
    const bytes = bytesOf(chunk, encoding);
    this.takeHead();
    if (bytes) {
      this.flushHeld();
      this.collector.add(bytes);
    }
    const last = bytes ?? this.heldChunk;
    const wasSent = this.response.headersSent;
    this.phase = 'held';
    const letGo = this.freeze();
    const wire: WireAnswer = { ...this.head!, body: this.collector.body };
    const release = (substitute: Substitute | undefined) => {
      letGo();
      this.phase = 'passing';
      if (!substitute) this.own.end.call(this.response, last, undefined, callback);
      else if (wasSent) this.response.destroy();
      else this.replace(substitute);
      this.listener.sent();
    };
    this.listener
      .answer(wire)
      .then(release)
      .catch((error: unknown) => {
        // A header that Node does not take, a listener of middleware that throws: nobody is left to answer otherwise.
        this.response.destroy();
        this.listener.failed(error);
      });
    return this.response;
  }

  /** Whoever looks meanwhile must see, and may do, what he could without the hold: this answer is on its way. */
  private freeze(): () => void {
    const { response } = this;
    const { statusCode } = response;
    const refuse = () => {
      throw headersSent();
    };
    const letGo = override(response, {
      headersSent: true,
      writableEnded: true,
      setHeader: refuse,
      appendHeader: refuse,
      removeHeader: refuse,
    });
    return () => {
      letGo();
      response.statusCode = statusCode;
    };
  }

  private flushHeld(): void {
    if (!this.heldChunk) return;
    this.own.write.call(this.response, this.heldChunk);
    this.heldChunk = undefined;
  }

  private announcedLength(): number {
    const length = this.head?.headers['content-length'];
    return length === undefined ? Infinity : Number(length);
  }

  private takeHead(): void {
    this.head ??= { status: this.response.statusCode, headers: this.response.getHeaders() };
  }
}

/** What Node throws. */
function headersSent(): Error {
  return Object.assign(new Error('Cannot set headers after they are sent to the client'), {
    code: 'ERR_HTTP_HEADERS_SENT',
  });
}

function normalise(encoding?: BufferEncoding | Callback, callback?: Callback): [BufferEncoding?, Callback?] {
  return typeof encoding === 'function' ? [undefined, encoding] : [encoding, callback];
}

/** As Node checks it. */
function isStatus(status: number): boolean {
  const code = status | 0;
  return code >= 100 && code <= 999;
}

function* headerPairs(headers: unknown): Generator<[string, string | number | string[]]> {
  if (Array.isArray(headers)) {
    const lists = new Map<string, string[]>();
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const [name, value] = [String(headers[i]), String(headers[i + 1])];
      lists.set(name, [...(lists.get(name) ?? []), value]);
    }
    for (const [name, values] of lists) yield [name, values.length === 1 ? values[0]! : values];
  } else if (headers && typeof headers === 'object') {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) yield [name, value as string];
    }
  }
}

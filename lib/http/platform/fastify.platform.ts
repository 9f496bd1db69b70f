import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { PROBLEM_JSON, type ProblemDetails } from '../problem-details.js';
import type { RecordedResponse } from '../recorded-response.js';
import { isPromise, type Awaitable } from '../awaitable.js';
import { drain } from './drain.js';
import { holdReply } from './hold-reply.js';
import { keepRawBodies } from './keep-raw-bodies.js';
import type { Head, HttpPlatform, HttpRequest, WireAnswer, WireListener } from './http-platform.js';
import { nameProblem } from './name-problem.js';
import { NodeCapture } from './node-capture.js';
import { onClose } from './on-close.js';
import { silence } from './silence.js';
import { isFile } from './repeatable.js';

/** The parts of Fastify that are used here; Fastify itself is not a dependency. */
interface FastifyInstance {
  addHook(
    name: 'onSend',
    hook: (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done) => void,
  ): void;
}
type Done = (error: Error | null, payload?: unknown) => void;
interface FastifyRequest {
  raw: IncomingMessage;
  routeOptions?: { url?: string };
  routerPath?: string;
  [CAPTURE]?: Capture;
  [UNTYPED]?: true;
}
interface FastifyReply {
  raw: ServerResponse;
  request: FastifyRequest;
  statusCode: number;
  sent: boolean;
  code(status: number): FastifyReply;
  header(name: string, value: unknown): FastifyReply;
  removeHeader(name: string): FastifyReply;
  getHeaders(): OutgoingHttpHeaders;
  send(payload?: unknown): FastifyReply;
  serialize(payload: unknown): string | Uint8Array;
}
/** Who listens to a reply, and what stood on it before. */
interface Capture {
  readonly listener: WireListener;
  answered: boolean;
  readonly before: OutgoingHttpHeaders;
}

const CAPTURE = Symbol('nestjs-idempotency.capture');
/** A replay of bytes that had no content type; Fastify would give them one. */
const UNTYPED = Symbol('nestjs-idempotency.untyped');
/** What Nest's Fastify adapter calls to send. `status` comes before a redirect, while hooks may hold the replay. */
const SENDING_VERBS = ['send', 'redirect', 'view', 'status'];

export class FastifyPlatform implements HttpPlatform {
  constructor(private readonly adapter: AbstractHttpAdapter) {}

  install(): void {
    keepRawBodies(this.adapter);
    // Added before any plugin, so it sees payloads before @fastify/compress does, and a replay passes through that too.
    this.adapter.getInstance<FastifyInstance>().addHook('onSend', (request, reply, payload, done) => {
      const capture = request[CAPTURE];
      if (request[UNTYPED]) reply.removeHeader('content-type');
      if (!capture || capture.answered) return done(null, payload);
      capture.answered = true;
      const letGo = holdReply(reply);
      this.onSend(capture, reply, payload).then(
        (sent) => {
          letGo();
          done(null, sent);
          capture.listener.sent();
        },
        (error: Error) => {
          letGo();
          // Fastify answers with an error now, which is an answer to listen to.
          capture.answered = false;
          done(error);
        },
      );
    });
  }

  routeOf(request: HttpRequest): string {
    const own = request as unknown as FastifyRequest;
    // Fastify 4 warns who as much as looks at the older name.
    return own.routeOptions?.url ?? own.routerPath ?? '';
  }

  rawRequest(request: HttpRequest): IncomingMessage {
    return (request as unknown as FastifyRequest).raw;
  }

  rawResponse(response: unknown): ServerResponse {
    return (response as FastifyReply).raw;
  }

  isBodyParsed(request: HttpRequest): boolean {
    return request.body !== undefined;
  }

  headersOf(response: unknown): OutgoingHttpHeaders {
    return (response as FastifyReply).getHeaders();
  }

  setHeader(response: unknown, name: string, value: string): void {
    (response as FastifyReply).header(name, value);
  }

  expectProblem(response: unknown, problem: ProblemDetails): void {
    nameProblem(response as object, 'send', problem, () =>
      this.setHeader(response, 'Content-Type', PROBLEM_JSON),
    );
  }

  isOver(response: unknown): boolean {
    const { sent, raw } = response as FastifyReply;
    return sent || raw.headersSent;
  }

  capture(request: HttpRequest, response: unknown, listener: WireListener, before: Head): void {
    const reply = response as FastifyReply;
    const capture: Capture = { listener, answered: false, before: before.headers };
    (request as unknown as FastifyRequest)[CAPTURE] = capture;
    if (listener.ownsResponse) this.captureRaw(reply, capture);
    else onClose(reply.raw, () => listener.disconnected());
  }

  send(response: unknown, recorded: RecordedResponse): void {
    const reply = response as FastifyReply;
    applyHead(reply, recorded);
    if (!recorded.headers.some(([name]) => name.toLowerCase() === 'content-type'))
      reply.request[UNTYPED] = true;
    reply.send(recorded.body.byteLength === 0 ? undefined : asBuffer(recorded.body));
    silence(reply, SENDING_VERBS);
  }

  collectLate(response: unknown, base: Head): () => Head {
    const reply = response as FastifyReply;
    const snapshot = (): Head => ({ status: reply.statusCode, headers: reply.getHeaders() });
    let sent = snapshot();
    // Until then hooks change what is sent.
    reply.raw.once('finish', () => (sent = snapshot()));
    return () => {
      const now = snapshot();
      const changed = Object.entries(now.headers).filter(([name, value]) => value !== sent.headers[name]);
      return {
        status: now.status === sent.status ? base.status : now.status,
        headers: { ...base.headers, ...Object.fromEntries(changed) },
      };
    };
  }

  async render(
    _request: HttpRequest,
    response: unknown,
    value: unknown,
    head: Head,
    maxBodyBytes: number,
  ): Promise<WireAnswer> {
    const wire = (headers: OutgoingHttpHeaders, body: Uint8Array | undefined) => ({
      status: head.status,
      headers: { ...headers, ...head.headers },
      body,
    });
    if (value === undefined || value === null) return wire({}, new Uint8Array());
    if (typeof value === 'string')
      return wire({ 'content-type': 'text/plain; charset=utf-8' }, Buffer.from(value));
    if (value instanceof Uint8Array) return wire({ 'content-type': 'application/octet-stream' }, value);
    if (isFile(value)) {
      const { type, disposition } = value.getHeaders();
      const drained = await drain(value.getStream(), maxBodyBytes);
      const headers: OutgoingHttpHeaders = {};
      if (type) headers['content-type'] = type;
      if (disposition) headers['content-disposition'] = disposition as string;
      return wire(headers, drained.whole ? drained.bytes : undefined);
    }
    const json = (response as FastifyReply).serialize(value);
    return wire({ 'content-type': 'application/json; charset=utf-8' }, Buffer.from(json as string));
  }

  /** A handler with `@Res()` may write to Node's response past Fastify. */
  private captureRaw(reply: FastifyReply, capture: Capture): void {
    const { listener } = capture;
    const viaNode: WireListener = {
      maxBodyBytes: listener.maxBodyBytes,
      ownsResponse: true,
      answer: (wire) => {
        if (capture.answered) return Promise.resolve(undefined);
        capture.answered = true;
        return listener.answer(wire);
      },
      failed: (error) => listener.failed(error),
      sent: () => undefined,
      disconnected: () => listener.disconnected(),
    };
    new NodeCapture(reply.raw, viaNode, (substitute) => {
      for (const name of reply.raw.getHeaderNames())
        if (!Object.hasOwn(capture.before, name)) reply.raw.removeHeader(name);
      reply.raw.statusCode = substitute.status;
      for (const [name, value] of substitute.headers)
        reply.raw.setHeader(name, typeof value === 'string' ? value : [...value]);
      reply.raw.end(substitute.body);
    });
  }

  private async onSend(capture: Capture, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const { listener, before } = capture;
    const status = reply.statusCode;
    const headers = reply.getHeaders();
    const read = readPayload(payload, listener.maxBodyBytes);
    const { body, toSend } = isPromise(read) ? await read : read;
    const substitute = await listener.answer({ status, headers, body });
    if (!substitute) {
      // Who tried to answer once more meanwhile must not change this answer.
      reply.code(status);
      return toSend;
    }
    for (const name of Object.keys(reply.getHeaders()))
      if (!Object.hasOwn(before, name)) reply.removeHeader(name);
    applyHead(reply, substitute);
    return asBuffer(substitute.body);
  }
}

function applyHead(reply: FastifyReply, recorded: RecordedResponse): void {
  reply.code(recorded.status);
  for (const [name, value] of recorded.headers)
    reply.header(name, typeof value === 'string' ? value : [...value]);
}

/** The same bytes: Fastify takes no other arrays of them. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The bytes to keep, and what to go on with. */
interface Payload {
  readonly body: Uint8Array | undefined;
  readonly toSend: unknown;
}

function readPayload(payload: unknown, limit: number): Awaitable<Payload> {
  const kept = (bytes: Uint8Array) => (bytes.byteLength > limit ? undefined : bytes);
  if (payload === undefined || payload === null) return { body: new Uint8Array(), toSend: payload };
  if (typeof payload === 'string') {
    const bytes = Buffer.from(payload);
    return { body: kept(bytes), toSend: bytes };
  }
  if (payload instanceof Uint8Array) return { body: kept(payload), toSend: payload };
  const stream = asIterable(payload);
  return stream ? readStream(stream, limit) : { body: undefined, toSend: payload };
}

async function readStream(stream: AsyncIterable<unknown>, limit: number): Promise<Payload> {
  const drained = await drain(stream, limit);
  return drained.whole
    ? { body: drained.bytes, toSend: Buffer.from(drained.bytes) }
    : { body: undefined, toSend: drained.stream };
}

function asIterable(payload: unknown): AsyncIterable<unknown> | undefined {
  if (typeof (payload as Readable).pipe === 'function') return payload as Readable;
  if (typeof (payload as ReadableStream).getReader === 'function')
    return Readable.fromWeb(payload as ReadableStream);
  return undefined;
}

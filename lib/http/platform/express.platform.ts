import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { PROBLEM_JSON, type ProblemDetails } from '../problem-details.js';
import type { RecordedResponse } from '../recorded-response.js';
import { keepRawBodies } from './keep-raw-bodies.js';
import type { Head, HttpPlatform, HttpRequest, WireAnswer, WireListener } from './http-platform.js';
import { nameProblem } from './name-problem.js';
import { NodeCapture } from './node-capture.js';
import { override } from './override.js';
import { silence } from './silence.js';

type ExpressRequest = IncomingMessage & {
  route?: { path?: unknown };
  baseUrl?: string;
  _body?: boolean;
  body?: unknown;
  /** Of Express 4 only. */
  app?: { lazyrouter?: unknown };
};

const HEADER_SETTERS = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const;

/** What Nest's Express adapter calls to send. `status`, because middleware may still hold the replay. */
const SENDING_VERBS = ['send', 'json', 'redirect', 'render', 'status'];

export class ExpressPlatform implements HttpPlatform {
  constructor(private readonly adapter: AbstractHttpAdapter) {}

  install(): void {
    keepRawBodies(this.adapter);
  }

  routeOf(request: HttpRequest): string {
    const { baseUrl = '', route } = request as unknown as ExpressRequest;
    return `${baseUrl}${String(route?.path ?? '')}`;
  }

  rawRequest(request: HttpRequest): IncomingMessage {
    return request as unknown as IncomingMessage;
  }

  rawResponse(response: unknown): ServerResponse {
    return response as ServerResponse;
  }

  isBodyParsed(request: HttpRequest): boolean {
    const { _body, body, app, readableEnded } = request as unknown as ExpressRequest;
    // How the parsers of Express 4 tell each other that one of them was there.
    if (_body === true) return true;
    if (body === undefined) return false;
    const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
    // Express 4 starts with `{}`. Express 5 does not, but a parser made for Express 4 would.
    return !isEmpty || (readableEnded && typeof app?.lazyrouter !== 'function');
  }

  headersOf(response: unknown): OutgoingHttpHeaders {
    return (response as ServerResponse).getHeaders();
  }

  setHeader(response: unknown, name: string, value: string): void {
    (response as ServerResponse).setHeader(name, value);
  }

  expectProblem(response: unknown, problem: ProblemDetails): void {
    nameProblem(response as object, 'json', problem, () =>
      this.setHeader(response, 'Content-Type', PROBLEM_JSON),
    );
  }

  isOver(response: unknown): boolean {
    const raw = response as ServerResponse;
    return raw.headersSent || raw.writableEnded;
  }

  capture(_request: HttpRequest, response: unknown, listener: WireListener, before: Head): void {
    const raw = response as ServerResponse;
    new NodeCapture(raw, listener, (substitute) => {
      for (const name of raw.getHeaderNames())
        if (!Object.hasOwn(before.headers, name)) raw.removeHeader(name);
      write(raw, substitute);
    });
  }

  send(response: unknown, recorded: RecordedResponse): void {
    write(response as ServerResponse, recorded);
    silence(response as object, SENDING_VERBS);
  }

  collectLate(response: unknown, base: Head): () => Head {
    const raw = response as ServerResponse;
    const late = new ServerResponse(raw.req);
    applyHead(late, base);
    const collect = () => {
      const { statusCode } = raw;
      override(
        raw,
        Object.fromEntries(HEADER_SETTERS.map((name) => [name, late[name].bind(late) as unknown] as const)),
      );
      // Access logs go on seeing what was sent.
      Object.defineProperty(raw, 'statusCode', {
        get: () => statusCode,
        set: (status: number) => (late.statusCode = status),
        configurable: true,
      });
    };
    // Middleware may hold the answer, and still set headers.
    if (raw.headersSent) collect();
    else raw.once('finish', collect);
    return () => ({ status: late.statusCode, headers: late.getHeaders() });
  }

  render(
    request: HttpRequest,
    response: unknown,
    value: unknown,
    head: Head,
    maxBodyBytes: number,
  ): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const shadow = this.shadowOf(request, response as ServerResponse);
      applyHead(shadow, head);
      new NodeCapture(
        shadow,
        {
          maxBodyBytes,
          ownsResponse: false,
          answer: (wire) => Promise.resolve(void resolve(wire)),
          failed: reject,
          sent: () => undefined,
          disconnected: () => undefined,
        },
        () => undefined,
      );
      Promise.resolve(this.adapter.reply(shadow, value)).catch(reject);
    });
  }

  /** A response that looks like the real one to Express, on no connection at all. */
  private shadowOf(request: HttpRequest, response: ServerResponse): ServerResponse {
    const unconnected = Object.create(request, { socket: { value: undefined } }) as IncomingMessage;
    const shadow = new ServerResponse(unconnected);
    Object.setPrototypeOf(shadow, Object.getPrototypeOf(response) as object);
    // What is written piles up where there is no connection, and whoever pipes would wait for it to drain.
    override(shadow, { write: () => true, end: () => shadow });
    return Object.assign(shadow, { req: unconnected, locals: (response as { locals?: unknown }).locals });
  }
}

function applyHead(raw: ServerResponse, { status, headers }: Head): void {
  raw.statusCode = status;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) raw.setHeader(name, value);
}

function write(raw: ServerResponse, recorded: RecordedResponse): void {
  raw.statusCode = recorded.status;
  for (const [name, value] of recorded.headers) {
    raw.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  const hasBody = recorded.status !== 204 && recorded.status !== 304;
  if (!hasBody) {
    raw.end();
    return;
  }
  raw.setHeader('Content-Length', recorded.body.byteLength);
  raw.end(recorded.body);
}

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ProblemDetails } from '../problem-details.js';
import type { RecordedResponse } from '../recorded-response.js';

/** The part of a request that Express and Fastify have in common, or that their plugins put there. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly params?: unknown;
  readonly body?: unknown;
  readonly rawBody?: unknown;
  readonly user?: unknown;
  readonly hostname?: string;
}

/** What goes over the wire for one request. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Absent when it is larger than what is kept. */
  readonly body: Uint8Array | undefined;
}

/** What is sent instead of the captured answer. */
export type Substitute = RecordedResponse;

/** Listens to one response. */
export interface WireListener {
  /** Bytes of body that are worth collecting. */
  readonly maxBodyBytes: number;
  /** The handler takes the response in its own hands (`@Res()` without passthrough, `@Next()`). */
  readonly ownsResponse: boolean;
  /** The answer is known and its last byte has not left. It leaves when the promise resolves, or its substitute does. */
  answer(wire: WireAnswer): Promise<Substitute | undefined>;
  /** The answer could not be sent. */
  failed(error: unknown): void;
  /** The answer is on its way. What is done to the response from now on is not part of it. */
  sent(): void;
  /** The connection is gone before an answer was known. */
  disconnected(): void;
}

/** Status and headers that wait for a body. */
export interface Head {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
}

/** What differs between Express and Fastify. */
export interface HttpPlatform {
  /** Called once per application, before its own plugins and parsers are registered. */
  install(): void;
  /** The pattern the router matched, with prefix and URI version. */
  routeOf(request: HttpRequest): string;
  /** Node's own request, for raw headers and the socket. */
  rawRequest(request: HttpRequest): IncomingMessage;
  rawResponse(response: unknown): ServerResponse;
  /** Whether a body parser has been at this request. */
  isBodyParsed(request: HttpRequest): boolean;
  /** A copy. */
  headersOf(response: unknown): OutgoingHttpHeaders;
  setHeader(response: unknown, name: string, value: string): void;
  /** These problem details are likely to be sent by Nest: then with their media type. */
  expectProblem(response: unknown, problem: ProblemDetails): void;
  /** Whether the request was answered already, or is being answered. */
  isOver(response: unknown): boolean;
  /** Tells `listener` what goes over the wire. `before`: the response as it is now. */
  capture(request: HttpRequest, response: unknown, listener: WireListener, before: Head): void;
  /** Sends a recorded response, and makes Nest's own sending that follows do nothing. */
  send(response: unknown, recorded: RecordedResponse): void;
  /**
   * For a handler that still runs after its client was answered: what it says of status and headers, on top of
   * `base`, must not fail because of that, and is what the returned function gives.
   */
  collectLate(response: unknown, base: Head): () => Head;
  /** What `value` would look like on the wire if it were sent now; for an answer that has lost its response. */
  render(
    request: HttpRequest,
    response: unknown,
    value: unknown,
    head: Head,
    maxBodyBytes: number,
  ): Promise<WireAnswer>;
}

/** What became of a request, for whoever writes access logs. */
export interface RequestMark {
  readonly key: string;
  /** The handler's answer came from the record. */
  readonly replayed: boolean;
  /** 1 for the first attempt of a record; 0 when nothing ran for this request. */
  readonly attempt: number;
}

const MARK = Symbol.for('nestjs-idempotency.request');

type Marked = { [MARK]?: RequestMark | null; raw?: object };

/** Marks a request as dealt with, and what is known of it. `false` when it was marked before and nothing new is said. */
export function markRequest(request: object, mark?: RequestMark): boolean {
  const marked = request as Marked;
  if (mark === undefined && marked[MARK] !== undefined) return false;
  marked[MARK] = mark ?? null;
  // Nest's middleware gets Node's request on Fastify.
  if (marked.raw) (marked.raw as Marked)[MARK] = mark ?? null;
  return true;
}

export function markOf(request: object): RequestMark | undefined {
  return (request as Marked)[MARK] ?? undefined;
}

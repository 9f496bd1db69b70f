import { request } from 'node:http';

/** An answer as Node's parser saw it, before a client library merged or decoded anything. */
export interface Wire {
  readonly status: number;
  /** Names in lower case, in the order they came; repeated where they were repeated. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  readonly bytes: Buffer;
  readonly text: string;
  /** Parsed body. */
  readonly json: any;
  readonly replayed: boolean;
  /** The only value of a header, or its values joined by a bar. */
  header(name: string): string | undefined;
  all(name: string): string[];
}

export interface WireInit {
  readonly key?: string;
  readonly json?: unknown;
  readonly body?: string | Buffer;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request on a connection of its own and takes in the whole answer. Rejects when it is cut off. */
export function wire(url: string, init: WireInit = {}): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const outgoing = startRequest(url, init);
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { rawHeaders, statusCode = 0 } = response;
        resolve(wireOf(statusCode, rawHeaders, Buffer.concat(chunks)));
      });
    });
  });
}

/** A request that is on its way, for clients that leave. */
export function startRequest(url: string, { key, json, body, method = 'POST', headers }: WireInit) {
  const payload = json !== undefined ? JSON.stringify(json) : body;
  const outgoing = request(url, {
    method,
    agent: false,
    headers: {
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(payload !== undefined && { 'content-length': Buffer.byteLength(payload) }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...headers,
    },
  });
  outgoing.end(payload);
  return outgoing;
}

function wireOf(status: number, rawHeaders: readonly string[], bytes: Buffer): Wire {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    pairs.push([rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!]);
  const all = (name: string) => pairs.filter(([n]) => n === name.toLowerCase()).map(([, value]) => value);
  const header = (name: string) => (all(name).length > 0 ? all(name).join(' | ') : undefined);
  const text = bytes.toString();
  return {
    status,
    pairs,
    bytes,
    text,
    get json() {
      return JSON.parse(text);
    },
    replayed: header('idempotent-replayed') === 'true',
    header,
    all,
  };
}

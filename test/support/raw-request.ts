import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** As it came, with its line ends. */
  readonly head: string;
  /** Parsed body. */
  readonly json: any;
  readonly replayed: boolean;
}

/**
 * Sends a request byte for byte: `target` and `headers` go out as they are (each character one byte), `body` behind
 * a `Content-Length` of its own. For what a client library would refuse, merge or encode.
 */
export function rawRequest(
  url: string,
  target: string,
  headers: readonly string[],
  { method = 'POST', body = '' }: { method?: string; body?: string | Buffer } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const bytes = Buffer.from(body);
  const host = headers.some((line) => /^host:/i.test(line)) ? [] : ['Host: 127.0.0.1'];
  const length = bytes.byteLength > 0 ? [`Content-Length: ${bytes.byteLength}`] : [];
  const lines = [`${method} ${target} HTTP/1.1`, ...host, 'Connection: close', ...length, ...headers, '', ''];
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      socket.write(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), bytes]));
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(parse(Buffer.concat(chunks).toString())));
  });
}

function parse(answer: string): RawAnswer {
  const end = answer.indexOf('\r\n\r\n');
  const head = answer.slice(0, end);
  const body = answer.slice(end + 4);
  return {
    status: Number(head.split(' ')[1]),
    head,
    get json() {
      return JSON.parse(body);
    },
    replayed: /^idempotent-replayed: true\r?$/im.test(head),
  };
}

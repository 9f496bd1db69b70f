// A keep-alive connection that does as little as can be: the load shares the machine with the server.
import net from 'node:net';

function request({ port, route, body }) {
  const before = [
    `POST ${route} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  return (key) =>
    key === undefined ? `${before}\r\n\r\n${body}` : `${before}\r\nIdempotency-Key: ${key}\r\n\r\n${body}`;
}

/**
 * `post(key)` resolves with `{ status, replayed, body }` when an answer is in, and rejects when none comes. Without a
 * key, the request has none.
 */
export async function connect(question) {
  const socket = net.connect({ port: question.port, host: '127.0.0.1', noDelay: true });
  const write = request(question);
  let chunks = [];
  let pending;

  const settle = (error, answer) => {
    const { resolve, reject } = pending ?? {};
    pending = undefined;
    if (error) reject?.(error);
    else resolve?.(answer);
  };
  let answer;
  let missing = 0;
  socket.setEncoding('latin1');
  socket.on('error', settle);
  socket.on('close', () => settle(new Error('the server closed the connection')));
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    if (!answer) {
      const text = chunks.join('');
      answer = readHead(text);
      if (!answer) return;
      missing = answer.end - text.length;
    } else missing -= chunk.length;
    if (missing > 0) return;
    const { status, replayed, start } = answer;
    const body = chunks.join('').slice(start);
    chunks = [];
    answer = undefined;
    settle(undefined, { status, replayed, body });
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));

  return {
    post: (key) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket.write(write(key), 'latin1');
      }),
    close: () => socket.destroy(),
  };
}

/** Nothing until the head is whole. `start` and `end` are of the body. */
function readHead(text) {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head);
  if (!length) throw new Error(`an answer without a content-length: ${text}`);
  const start = headEnd + 4;
  return {
    status: Number(head.slice(9, 12)),
    replayed: head.includes('\r\nidempotent-replayed: true'),
    start,
    end: start + Number(length[1]),
  };
}

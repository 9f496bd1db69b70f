// A keep-alive connection that does as little as can be: the load shares the machine with the server.
import net from 'node:net';

const head = (port, length) =>
  [
    'POST /orders HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    'Idempotency-Key: ',
  ].join('\r\n');

/** `post(key)` resolves with `{ replayed }` when a 201 is in, and rejects on any other answer. */
export async function connect(port, body) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  const before = head(port, Buffer.byteLength(body));
  const after = `\r\n\r\n${body}`;
  let text = '';
  let pending;

  const settle = (error, answer) => {
    const { resolve, reject } = pending ?? {};
    pending = undefined;
    if (error) reject?.(error);
    else resolve?.(answer);
  };
  socket.setEncoding('latin1');
  socket.on('error', settle);
  socket.on('close', () => settle(new Error('the server closed the connection')));
  socket.on('data', (chunk) => {
    text += chunk;
    const answer = parse(text);
    if (!answer) return;
    const seen = text;
    text = '';
    settle(answer.status === '201' ? undefined : new Error(`not a 201: ${seen}`), answer);
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));

  return {
    post: (key) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket.write(before + key + after, 'latin1');
      }),
    close: () => socket.destroy(),
  };
}

/** Nothing until the answer is whole. */
function parse(text) {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const headers = text.slice(0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(headers);
  if (!length) throw new Error(`an answer without a content-length: ${text}`);
  if (text.length < headEnd + 4 + Number(length[1])) return undefined;
  return { status: headers.slice(9, 12), replayed: headers.includes('\r\nidempotent-replayed: true') };
}

import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Substitute, WireAnswer } from '../../../../lib/http/platform/http-platform.js';
import { NodeCapture } from '../../../../lib/http/platform/node-capture.js';
import { wire } from '../../../support/wire.js';

/** Serves one request with a captured response, and holds it until `verdict` resolves. */
async function serve(
  handle: (response: ServerResponse) => void,
  verdict: (answer: WireAnswer, response: ServerResponse) => Promise<Substitute | undefined> = async () =>
    undefined,
) {
  const seen: { answer?: WireAnswer; sent: number; disconnected: number; failures: unknown[] } = {
    sent: 0,
    disconnected: 0,
    failures: [],
  };
  const server = createServer((_request, response) => {
    new NodeCapture(
      response,
      {
        maxBodyBytes: 100,
        ownsResponse: true,
        answer: (answer) => {
          seen.answer = answer;
          return verdict(answer, response);
        },
        failed: (error) => void seen.failures.push(error),
        sent: () => void seen.sent++,
        disconnected: () => void seen.disconnected++,
      },
      (substitute) => {
        response.statusCode = substitute.status;
        response.end(substitute.body);
      },
    );
    handle(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const answer = await wire(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).catch(
      () => undefined,
    );
    return { answer, seen };
  } finally {
    server.close();
  }
}

const SUBSTITUTE: Substitute = { status: 409, headers: [], body: Buffer.from('other'), kept: true };

describe('NodeCapture', () => {
  it('tells status, headers and body before the last byte leaves', async () => {
    const { answer, seen } = await serve((response) => {
      response.writeHead(202, { 'x-a': ['1', '2'] });
      response.write('one ');
      response.end('two');
    });
    expect(seen.answer).toMatchObject({ status: 202, headers: { 'x-a': ['1', '2'] } });
    expect(Buffer.from(seen.answer!.body!).toString()).toBe('one two');
    expect(answer!.text).toBe('one two');
    expect(seen).toMatchObject({ sent: 1, disconnected: 0 });
  });

  it('sends something else instead when nothing has left', async () => {
    const { answer } = await serve(
      (response) => response.end('mine'),
      async () => SUBSTITUTE,
    );
    expect(answer).toMatchObject({ status: 409, text: 'other' });
  });

  it('cuts the connection when something has left that must not become a whole answer', async () => {
    const { answer } = await serve(
      (response) => {
        response.write('mine');
        response.end(' too');
      },
      async () => SUBSTITUTE,
    );
    expect(answer).toBeUndefined();
  });

  it('acts as a response that has ended while it is held', async () => {
    const errors: unknown[] = [];
    const attempt = (action: () => unknown) => {
      try {
        action();
      } catch (error) {
        errors.push((error as { code: string }).code);
      }
    };
    const { answer } = await serve(
      (response) => {
        response.setHeader('x-a', 'mine');
        response.statusCode = 201;
        response.end('mine');
      },
      async (_answer, response) => {
        expect(response.headersSent).toBe(true);
        expect(response.writableEnded).toBe(true);
        response.statusCode = 500;
        attempt(() => response.setHeader('x-a', 'theirs'));
        attempt(() => response.appendHeader('x-a', 'theirs'));
        attempt(() => response.removeHeader('x-a'));
        attempt(() => response.writeHead(500));
        const refused = new Promise((resolve) => response.write('theirs', resolve));
        expect(await refused).toBeInstanceOf(Error);
        expect(response.write('theirs')).toBe(false);
        expect(response.end('theirs')).toBe(response);
        return undefined;
      },
    );
    expect(errors).toEqual(Array(4).fill('ERR_HTTP_HEADERS_SENT'));
    expect(answer).toMatchObject({ status: 201, text: 'mine' });
    expect(answer!.all('x-a')).toEqual(['mine']);
  });

  it('keeps no body that is larger than the limit', async () => {
    const { answer, seen } = await serve((response) => response.end('x'.repeat(101)));
    expect(seen.answer!.body).toBeUndefined();
    expect(answer!.text).toHaveLength(101);
  });

  it('holds the last chunk of an announced length', async () => {
    let told = false;
    const { answer } = await serve((response) => {
      response.setHeader('content-length', 4);
      response.write('ab');
      response.write('cd', () => (told = true));
      setImmediate(() => response.end(() => undefined));
    });
    expect(told).toBe(true);
    expect(answer!.text).toBe('abcd');
  });

  it('sends more than was announced as Node would', async () => {
    const { seen } = await serve((response) => {
      response.setHeader('content-length', 2);
      response.write('ab');
      response.write('cd');
      response.end();
    });
    expect(Buffer.from(seen.answer!.body!).toString()).toBe('abcd');
  });

  it('tells of a connection that is gone before an answer', async () => {
    const { seen } = await serve((response) => void response.destroy());
    expect(seen).toMatchObject({ sent: 0, disconnected: 1 });
    expect(seen.answer).toBeUndefined();
  });
});

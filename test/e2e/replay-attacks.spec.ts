import {
  Controller,
  Header,
  Post,
  Redirect,
  Res,
  StreamableFile,
  type INestApplication,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { once } from 'node:events';
import http2 from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { IdempotencyModule, Idempotent, type IdempotencyEvent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type Platform, type TestApp } from '../support/create-app.js';
import { contentOf, freshKey } from '../support/twins.js';
import { startRequest, wire } from '../support/wire.js';

let runs = 0;

@Controller('orders')
class OrdersController {
  @Post()
  @Idempotent()
  create(@Res({ passthrough: true }) res: any) {
    runs++;
    res.header('X-Run', String(runs));
    return { run: runs };
  }

  @Post('moved')
  @Redirect()
  @Idempotent()
  moved() {
    runs++;
    return { url: `/orders/${runs}`, statusCode: 307 };
  }

  @Post('nothing')
  @Header('X-Nothing', 'yes')
  @Idempotent()
  nothing(@Res({ passthrough: true }) res: any) {
    runs++;
    res.status(204);
  }

  @Post('accepted')
  @Idempotent()
  accepted(@Res({ passthrough: true }) res: any) {
    runs++;
    res.status(202);
  }

  @Post('file')
  @Idempotent()
  file() {
    runs++;
    return new StreamableFile(Buffer.alloc(100_000, 'x'), { type: 'application/pdf' });
  }

  @Post('both')
  @Idempotent()
  both(@Res() res: any) {
    runs++;
    res.status(202).send({ sent: 1 });
    try {
      res.status(500).send({ sent: 2 });
    } catch {
      // Express says so, Fastify logs it.
    }
  }

  @Post('throws-after')
  @Idempotent()
  throwsAfter(@Res() res: any) {
    runs++;
    res.status(202).send({ sent: 1 });
    throw new Error('after the answer');
  }

  @Post('etag')
  @Idempotent()
  etag(@Res({ passthrough: true }) res: any) {
    runs++;
    res.header('ETag', '"v1"');
    return { run: runs };
  }

  @Post('silent')
  @Idempotent({ lease: 100 })
  silent(@Res() res: any) {
    runs++;
    setTimeout(() => (res.raw ?? res).destroy(), 10);
    if (res.hijack) res.hijack();
  }
}

const SANE_PATHS = ['', '/moved', '/nothing', '/accepted', '/file', '/etag'];

/** Middleware and hooks that hold every response for a turn of the event loop. */
function holdResponses(app: INestApplication, platform: Platform): void {
  if (platform === 'express') {
    app.use((_req: unknown, res: any, next: () => void) => {
      const end = res.end;
      res.end = (...args: unknown[]) => {
        setTimeout(() => end.apply(res, args), 5);
        return res;
      };
      next();
    });
  } else {
    (app.getHttpAdapter().getInstance() as any).addHook(
      'onSend',
      async (_q: unknown, _r: unknown, payload: unknown) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return payload;
      },
    );
  }
}

describe.each(PLATFORMS)('under attack on %s', (platform) => {
  let app: TestApp;
  const troubles: unknown[] = [];
  const onTrouble = (reason: unknown) => troubles.push(reason);

  beforeAll(async () => {
    for (const event of ['unhandledRejection', 'uncaughtException', 'warning']) process.on(event, onTrouble);
    app = await createApp(platform, {
      controllers: [OrdersController],
      setup: (nest) => holdResponses(nest, platform),
    });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(async () => {
    await app.close();
    for (const event of ['unhandledRejection', 'uncaughtException', 'warning']) process.off(event, onTrouble);
    expect(troubles).toEqual([]);
  });

  it.each(SANE_PATHS)(
    '[B31] replays through middleware and hooks that hold the response: %s',
    async (path) => {
      const key = freshKey();
      const first = await wire(`${app.url}/orders${path}`, { key });
      const retry = await wire(`${app.url}/orders${path}`, { key });
      expect(retry.replayed).toBe(true);
      expect(contentOf(retry)).toEqual(contentOf(first));
      expect(runs).toBe(1);
    },
  );

  it('[B31] answers pipelined requests in their order, each with its own answer', async () => {
    const { port } = new URL(app.url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    const keys = [freshKey(), freshKey(), freshKey()];
    const requestFor = (key: string) =>
      `POST /orders HTTP/1.1\r\nHost: x\r\nIdempotency-Key: ${key}\r\nContent-Length: 0\r\n\r\n`;
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.write(keys.map(requestFor).join(''));
    while ((text.match(/"run":/g) ?? []).length < 3) await once(socket, 'data');
    expect(text.match(/"run":\d/g)).toEqual(['"run":1', '"run":2', '"run":3']);
    text = '';
    socket.write([...keys].reverse().map(requestFor).join(''));
    while ((text.match(/"run":/g) ?? []).length < 3) await once(socket, 'data');
    expect(text.match(/"run":\d/g)).toEqual(['"run":3', '"run":2', '"run":1']);
    expect(text.match(/idempotent-replayed: true/gi)).toHaveLength(3);
    socket.destroy();
    expect(runs).toBe(3);
  });

  it('[B31] replays the answer, not a 304, to a conditional POST', async () => {
    const key = freshKey();
    const first = await wire(`${app.url}/orders/etag`, { key });
    const retry = await wire(`${app.url}/orders/etag`, { key, headers: { 'if-none-match': '"v1"' } });
    expect(retry.status).toBe(first.status);
    expect(retry.bytes).toEqual(first.bytes);
    expect(retry.header('etag')).toBe('"v1"');
  });

  it('[B38] survives clients that leave while their replay is sent', async () => {
    const key = freshKey();
    const first = await wire(`${app.url}/orders/file`, { key });
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const outgoing = startRequest(`${app.url}/orders/file`, { key });
        outgoing.on('error', () => undefined);
        await new Promise((resolve) => outgoing.once('socket', (socket) => socket.once('connect', resolve)));
        const closed = new Promise((resolve) => outgoing.once('close', resolve));
        setImmediate(() => outgoing.destroy());
        await closed;
      }),
    );
    const retry = await wire(`${app.url}/orders/file`, { key });
    expect(contentOf(retry)).toEqual(contentOf(first));
    expect(runs).toBe(1);
  });

  it('[B35] never runs a handler again that cut the connection instead of answering', async () => {
    const key = freshKey();
    await expect(wire(`${app.url}/orders/silent`, { key })).rejects.toThrow();
    let retry = await wire(`${app.url}/orders/silent`, { key });
    while (retry.json.code === 'IDEMPOTENCY_IN_PROGRESS')
      retry = await wire(`${app.url}/orders/silent`, { key });
    expect(retry.json.code).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    expect(runs).toBe(1);
  });

  it('[B40] gives parallel replays each their own bytes', async () => {
    const key = freshKey();
    const first = await wire(`${app.url}/orders/file`, { key });
    const replays = await Promise.all(
      Array.from({ length: 100 }, () => wire(`${app.url}/orders/file`, { key })),
    );
    for (const replay of replays) expect(contentOf(replay)).toEqual(contentOf(first));
    expect(runs).toBe(1);
  });
});

describe('Fastify', () => {
  async function start(adapter: FastifyAdapter, onEvent?: (event: IdempotencyEvent) => void) {
    const module = await Test.createTestingModule({
      imports: [IdempotencyModule.forRoot({ ...(onEvent && { onEvent }) })],
      controllers: [OrdersController],
    }).compile();
    const app = module.createNestApplication(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    return { app, port: (app.getHttpServer().address() as AddressInfo).port };
  }

  beforeEach(() => {
    runs = 0;
  });

  it('[B35] has nothing to warn about, on first answers and on replays', async () => {
    const lines: string[] = [];
    const stream = new PassThrough().setEncoding('utf8').on('data', (line: string) => lines.push(line));
    const { app, port } = await start(new FastifyAdapter({ logger: { level: 'warn', stream } }));
    for (const path of SANE_PATHS) {
      const key = freshKey();
      for (let i = 0; i < 3; i++) {
        const answer = await wire(`http://127.0.0.1:${port}/orders${path}`, { key });
        expect(answer.status).toBeLessThan(400);
        expect(answer.replayed).toBe(i > 0);
      }
    }
    await app.close();
    expect(lines).toEqual([]);
  });

  it('[B31] replays over HTTP/2', async () => {
    const { app, port } = await start(new FastifyAdapter({ http2: true } as never));
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const ask = async (path: string, key: string) => {
      const stream = session.request({ ':method': 'POST', ':path': path, 'idempotency-key': key });
      stream.end();
      const [headers] = (await once(stream, 'response')) as [
        http2.IncomingHttpHeaders & { ':status': number },
      ];
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return { headers, status: headers[':status'], text: Buffer.concat(chunks).toString() };
    };
    for (const path of ['', '/moved', '/nothing', '/file', '/etag']) {
      const key = freshKey();
      const first = await ask(`/orders${path}`, key);
      const retry = await ask(`/orders${path}`, key);
      expect(retry.headers['idempotent-replayed']).toBe('true');
      expect({ status: retry.status, text: retry.text }).toEqual({ status: first.status, text: first.text });
      expect(retry.headers['content-type']).toBe(first.headers['content-type']);
    }
    expect(runs).toBe(5);
    session.destroy();
    await app.close();
  });
});

describe.each(PLATFORMS)('handlers that do too much on %s', (platform) => {
  it.each(['/both', '/throws-after'])('[B35] keep their first answer: %s', async (path) => {
    const { url, close } = await createApp(platform, { controllers: [OrdersController] });
    const key = freshKey();
    runs = 0;
    for (let i = 0; i < 3; i++) {
      const answer = await wire(`${url}/orders${path}`, { key });
      expect(answer.status).toBe(202);
      expect(answer.json).toEqual({ sent: 1 });
      expect(answer.replayed).toBe(i > 0);
    }
    expect(runs).toBe(1);
    await close();
  });
});

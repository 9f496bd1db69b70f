import { Controller, Injectable, Post, Res, UsePipes, type PipeTransform, Body } from '@nestjs/common';
import { Idempotent, MemoryStore, type AcquireResult, type Claim } from 'nestjs-idempotency';
import { HttpRuntime } from '../../lib/http/http-runtime.js';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';
import { Gate, until } from '../support/fault-gate.js';
import { startRequest } from '../support/wire.js';

let runs = 0;
let gate = new Gate();
let asked = new Gate();

/** A store that takes its time over one key. */
class SlowStore extends MemoryStore {
  override async acquire(claim: Claim): Promise<AcquireResult> {
    if (isSlow) await asked.pass();
    return super.acquire(claim);
  }
}
let isSlow = false;

/** Hangs as a parser does whose client has gone. */
@Injectable()
class HangingPipe implements PipeTransform {
  async transform(value: unknown) {
    await gate.pass();
    return value;
  }
}

@Controller('odd')
class OddController {
  @Post('no-status')
  @Idempotent()
  noStatus(@Res({ passthrough: true }) response: any) {
    runs++;
    (response.raw ?? response).statusCode = undefined;
    return { ok: true };
  }

  @Post('bad-status')
  @Idempotent()
  badStatus(@Res() response: any) {
    runs++;
    const raw = response.raw ?? response;
    raw.statusCode = 1000;
    raw.end('x');
  }

  @Post('late-throw')
  @Idempotent({ lease: 200 })
  lateThrow(@Res() response: any) {
    runs++;
    response.status(201).send({ ok: true });
    throw new Error('after the answer');
  }

  @Post('pipe')
  @UsePipes(HangingPipe)
  @Idempotent({ lease: 200 })
  pipe(@Body() body: unknown) {
    runs++;
    return { ok: body !== undefined };
  }

  @Post('plain')
  @Idempotent()
  plain() {
    return { run: ++runs };
  }

  @Post('lists')
  @Idempotent()
  lists(@Res() response: any) {
    runs++;
    const raw = response.raw ?? response;
    raw.writeHead(200, ['x-a', '1', 'x-a', '2', 'content-type', 'text/plain']);
    raw.end('listed');
  }
}

describe.each(PLATFORMS)('an answer that goes wrong on %s', (platform) => {
  let shop: TestApp;
  let attempts: () => number;

  beforeAll(async () => {
    shop = await createApp(platform, {
      controllers: [OddController],
      providers: [HangingPipe],
      idempotency: { store: new SlowStore() },
      setup: (app) => {
        // A middleware that loses patience.
        app.use((request: any, response: any, next: () => void) => {
          if (request.headers['x-impatient']) {
            void asked.reached.then(() => {
              response.statusCode = 503;
              response.end('too slow');
            });
          }
          next();
        });
      },
    });
    const { engine } = shop.app.get(HttpRuntime);
    attempts = () => engine.attemptsRunning;
  });
  beforeEach(() => {
    runs = 0;
    isSlow = false;
    gate = new Gate();
    asked = new Gate();
  });
  afterAll(() => shop.close());

  it.each(['no-status', 'bad-status'])('is an error like any other: %s', async (path) => {
    const first = await send(`${shop.url}/odd/${path}`, { key: path }).catch(() => undefined);
    if (first) expect([200, 201, 500]).toContain(first.status);
    await until(() => attempts() === 0);
    // The process is still there, and the key not stuck.
    const second = await send(`${shop.url}/odd/${path}`, { key: path }).catch(() => undefined);
    if (second) expect(second.status).not.toBe(409);
  });

  it('keeps the answer of a handler that throws after it', async () => {
    const first = await send(`${shop.url}/odd/late-throw`, { key: 'late-throw' });
    const second = await send(`${shop.url}/odd/late-throw`, { key: 'late-throw' });
    expect(first.status).toBe(201);
    expect(second.bytes).toEqual(first.bytes);
    expect(second.replayed).toBe(true);
    expect(runs).toBe(1);
  });

  it('[B38] does not hold the key of a request that hangs before its handler when its client has left', async () => {
    const client = startRequest(`${shop.url}/odd/pipe`, { key: 'hangs', json: {} });
    client.on('error', () => undefined);
    await gate.reached;
    client.destroy();
    await until(() => attempts() === 0);
    // Whoever wakes it now finds the door closed: a retry may run already.
    gate.open();
    const retry = await send(`${shop.url}/odd/pipe`, { key: 'hangs', json: {} });
    expect(retry.status).toBe(201);
    expect(runs).toBe(1);
  });

  it('[B38] records the answer of a handler whose client was answered by somebody else while the store was asked', async () => {
    isSlow = true;
    const first = await send(`${shop.url}/odd/plain`, { key: 'cut', headers: { 'x-impatient': '1' } });
    expect(first.status).toBe(503);
    isSlow = false;
    asked.open();
    await until(() => runs === 1 && attempts() === 0);
    const retry = await send(`${shop.url}/odd/plain`, { key: 'cut' });
    expect(retry.status).toBe(201);
    expect(retry.json).toEqual({ run: 1 });
    expect(retry.replayed).toBe(true);
    expect(runs).toBe(1);
  });

  it('[B31] keeps headers that writeHead is given as a list', async () => {
    const first = await send(`${shop.url}/odd/lists`, { key: 'lists' });
    const second = await send(`${shop.url}/odd/lists`, { key: 'lists' });
    expect(first.headers.get('x-a')).toBe('1, 2');
    expect(second.headers.get('x-a')).toBe('1, 2');
    expect(runs).toBe(1);
  });
});

import {
  Controller,
  HttpException,
  Injectable,
  Post,
  Query,
  Redirect,
  RequestTimeoutException,
  Res,
  StreamableFile,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { catchError, concatMap, from, map, timeout, TimeoutError, throwError, type Observable } from 'rxjs';
import { Idempotent, type IdempotencyEvent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import { contentOf, freshKey } from '../support/twins.js';
import { startRequest, wire } from '../support/wire.js';

/** Holds handlers until a test lets them go. */
class Gate {
  entered = 0;
  private arrive: (() => void)[] = [];
  private open!: () => void;
  private opened = new Promise<void>((resolve) => (this.open = resolve));

  async pass(): Promise<void> {
    this.entered++;
    for (const arrived of this.arrive.splice(0)) arrived();
    await this.opened;
  }
  arrival(): Promise<void> {
    return this.entered > 0 ? Promise.resolve() : new Promise((resolve) => this.arrive.push(resolve));
  }
  letGo(): void {
    this.open();
  }
}

let gate = new Gate();
let runs = 0;
let onEnd: () => void = () => undefined;

@Injectable()
class Impatient implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      timeout(40),
      catchError((error: unknown) =>
        throwError(() => (error instanceof TimeoutError ? new RequestTimeoutException() : error)),
      ),
    );
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

const PDF = Buffer.alloc(500_000, '%PDF');

/** What a handler gives once it was let go. */
const RESULTS: Record<string, (res: any) => unknown> = {
  object: () => ({ id: runs }),
  string: () => `order ${runs}`,
  nothing: () => undefined,
  buffer: () => Buffer.from([1, 2, 3]),
  number: () => 5,
  status: (res) => {
    res.status(202);
    return { accepted: true };
  },
  header: (res) => {
    res.header('Location', '/orders/1');
    return { id: 1 };
  },
  file: () => new StreamableFile(PDF, { type: 'application/pdf', disposition: 'inline' }),
  'streamed file': () =>
    new StreamableFile(Readable.from([PDF.subarray(0, 1000), PDF.subarray(1000)]), {
      type: 'application/pdf',
    }),
  refusal: () => {
    throw new HttpException({ sorry: 'sold out' }, 422);
  },
};

/** Holds an answer that the handler gave at once. */
@Injectable()
class Slow implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(
      concatMap(async (data: unknown) => {
        await gate.pass();
        return { data };
      }),
    );
  }
}

@Controller()
class LateController {
  @Post('slow-outside')
  @UseInterceptors(Impatient, Slow)
  @Idempotent({ lease: 2_000 })
  slowOutside() {
    runs++;
    return { id: runs };
  }

  @Post('head-first')
  @UseInterceptors(Impatient)
  @Idempotent({ lease: 2_000 })
  async headFirst(@Res({ passthrough: true }) res: any) {
    runs++;
    res.status(202).header('X-Early', ['a', 'b']);
    await gate.pass();
    res.header('X-Late', 'c');
    return { id: runs };
  }

  @Post('too-large')
  @Idempotent({ lease: 2_000, maxBodyBytes: 1_000 })
  async *tooLarge() {
    runs++;
    yield 'x'.repeat(900);
    await gate.pass();
    for (let i = 0; i < 10; i++) yield 'x'.repeat(900);
    onEnd();
  }

  @Post('falls-over')
  @Idempotent({ lease: 2_000 })
  async *fallsOver() {
    runs++;
    yield 'one';
    await gate.pass();
    throw new Error('the disk is gone');
  }

  @Post('patient')
  @Idempotent({ lease: 2_000 })
  async patient(@Query('result') result: string, @Res({ passthrough: true }) res: any) {
    return this.answer(result, res);
  }

  @Post('observed')
  @Idempotent({ lease: 2_000 })
  observed(@Query('result') result: string, @Res({ passthrough: true }) res: any) {
    return from(this.answer(result, res));
  }

  @Post('enveloped')
  @UseInterceptors(Envelope)
  @Idempotent({ lease: 2_000 })
  enveloped(@Query('result') result: string, @Res({ passthrough: true }) res: any) {
    return from(this.answer(result, res));
  }

  @Post('impatient')
  @UseInterceptors(Impatient)
  @Idempotent({ lease: 2_000 })
  async impatient(@Query('result') result: string, @Res({ passthrough: true }) res: any) {
    return this.answer(result, res);
  }

  @Post('impatient-outside')
  @UseInterceptors(Impatient, Envelope)
  @Idempotent({ lease: 2_000 })
  impatientOutside(@Query('result') result: string, @Res({ passthrough: true }) res: any) {
    return from(this.answer(result, res));
  }

  @Post('own')
  @Idempotent({ lease: 2_000 })
  async own(@Res() res: any) {
    runs++;
    await gate.pass();
    res.status(202).send({ own: runs });
  }

  @Post('own-pieces')
  @Idempotent({ lease: 2_000 })
  async ownPieces(@Res() res: any) {
    runs++;
    if (res.hijack) res.hijack();
    const raw = res.raw ?? res;
    raw.setHeader('content-type', 'text/plain');
    raw.write('one ');
    await gate.pass();
    raw.write('two ');
    raw.end('three');
  }

  @Post('own-pipe')
  @Idempotent({ lease: 300 })
  async ownPipe(@Res() res: any) {
    runs++;
    await gate.pass();
    if (res.hijack) res.hijack();
    Readable.from([PDF, PDF]).pipe(res.raw ?? res);
  }

  @Post('moved')
  @Redirect('/elsewhere', 303)
  @Idempotent({ lease: 300 })
  async moved() {
    runs++;
    await gate.pass();
  }

  @Post('fails')
  @UseInterceptors(Impatient)
  @Idempotent({ lease: 2_000 })
  async fails() {
    runs++;
    await gate.pass();
    if (runs === 1) throw new Error('after the timeout');
    return { runs };
  }

  @Post('generator')
  @Idempotent({ lease: 2_000 })
  async *generator() {
    runs++;
    yield 'one ';
    await gate.pass();
    yield 'two';
  }

  @Post('large')
  @Idempotent({ lease: 2_000, maxBodyBytes: 30_000_000 })
  large(@Query('kind') kind: string) {
    runs++;
    const bytes = Buffer.alloc(20_000_000, 'x');
    if (kind === 'string') return bytes.toString();
    if (kind === 'object') return { text: bytes.toString() };
    return kind === 'file' ? new StreamableFile(bytes) : new StreamableFile(Readable.from([bytes]));
  }

  private async answer(result: string, res: any): Promise<unknown> {
    runs++;
    await gate.pass();
    return RESULTS[result]!(res);
  }
}

describe.each(PLATFORMS)('answers that come too late on %s', (platform) => {
  let app: TestApp;
  let waiting: ((event: IdempotencyEvent) => void)[] = [];
  const bugs: unknown[] = [];
  const onRejection = (reason: unknown) => void bugs.push(reason);

  /** Resolves with the next outcome of a kind. */
  const outcome = (...kinds: string[]) =>
    new Promise<string>((resolve) => {
      waiting.push((event) => {
        if (event.kind === 'outcome' && kinds.includes(event.outcome)) resolve(event.outcome);
      });
    });

  /** The client asks, and leaves while the handler runs. */
  async function leaveWhileRunning(path: string, key: string): Promise<void> {
    const outgoing = startRequest(`${app.url}/${path}`, { key });
    outgoing.on('error', () => undefined);
    await gate.arrival();
    const closed = new Promise((resolve) => outgoing.once('close', resolve));
    outgoing.destroy();
    await closed;
  }

  beforeAll(async () => {
    process.on('unhandledRejection', onRejection);
    app = await createApp(platform, {
      controllers: [LateController],
      idempotency: { onEvent: (event) => waiting.forEach((listener) => listener(event)) },
    });
  });
  beforeEach(() => {
    gate = new Gate();
    runs = 0;
    waiting = [];
  });
  afterEach(() => gate.letGo());
  afterAll(async () => {
    await app.close();
    process.off('unhandledRejection', onRejection);
    expect(bugs).toEqual([]);
  });

  describe.each(['patient', 'observed', 'enveloped'])('of a client that left (%s)', (route) => {
    it.each(Object.keys(RESULTS))(
      '[B38] stores what the handler gave, as it would have been sent: %s',
      async (result) => {
        const path = `${route}?result=${encodeURIComponent(result)}`;
        gate.letGo();
        const expected = await wire(`${app.url}/${path}`, { key: freshKey() });
        gate = new Gate();
        runs = 0;

        const key = freshKey();
        const recorded = outcome('recorded', 'released', 'unsaved');
        await leaveWhileRunning(path, key);
        gate.letGo();
        expect(await recorded).toBe('recorded');
        const retry = await wire(`${app.url}/${path}`, { key });
        expect(retry.replayed).toBe(true);
        expect(contentOf(retry)).toEqual(contentOf(expected));
        expect(runs).toBe(1);
      },
    );
  });

  describe.each(['impatient', 'impatient-outside'])('of a handler that was timed out (%s)', (route) => {
    it.each(
      Object.keys(RESULTS).filter(
        (name) => name !== 'refusal' && (route === 'impatient' || !name.includes('file')),
      ),
    )('[B38] answers 408, then 409 while it runs, then what it gave: %s', async (result) => {
      const path = `${route}?result=${encodeURIComponent(result)}`;
      gate.letGo();
      const expected = await wire(`${app.url}/${path}`, { key: freshKey() });
      gate = new Gate();
      runs = 0;

      const key = freshKey();
      const recorded = outcome('recorded', 'released', 'unsaved');
      expect((await wire(`${app.url}/${path}`, { key })).status).toBe(408);
      const early = await wire(`${app.url}/${path}`, { key });
      expect(early.status).toBe(409);
      expect(early.json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      expect(Number(early.header('retry-after'))).toBeGreaterThanOrEqual(1);
      gate.letGo();
      expect(await recorded).toBe('recorded');
      const retry = await wire(`${app.url}/${path}`, { key });
      expect(retry.replayed).toBe(true);
      expect(contentOf(retry)).toEqual(contentOf(expected));
      expect(runs).toBe(1);
    });
  });

  it('[B38] frees the key when a handler fails after its timeout', async () => {
    const key = freshKey();
    const released = outcome('recorded', 'released');
    expect((await wire(`${app.url}/fails`, { key })).status).toBe(408);
    gate.letGo();
    expect(await released).toBe('released');
    const retry = await wire(`${app.url}/fails`, { key });
    expect(retry.json).toEqual({ runs: 2 });
  });

  it.each(['own', 'own-pieces'])(
    '[B38] stores what a handler with @Res() sends to nobody: %s',
    async (path) => {
      const expected = await (async () => {
        gate.letGo();
        return wire(`${app.url}/${path}`, { key: freshKey() });
      })();
      gate = new Gate();
      runs = 0;
      const key = freshKey();
      const recorded = outcome('recorded', 'released');
      await leaveWhileRunning(path, key);
      gate.letGo();
      expect(await recorded).toBe('recorded');
      const retry = await wire(`${app.url}/${path}`, { key });
      expect(retry.replayed).toBe(true);
      expect(contentOf(retry)).toEqual(contentOf(expected));
      expect(runs).toBe(1);
    },
  );

  it.each(['own-pipe', 'moved'])('[B38] never runs again what ended without a client: %s', async (path) => {
    const key = freshKey();
    const recorded = outcome('recorded', 'released');
    await leaveWhileRunning(path, key);
    gate.letGo();
    expect(await recorded).toBe('recorded');
    const retry = await wire(`${app.url}/${path}`, { key });
    if (!retry.replayed) expect(retry.json.code).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    expect(runs).toBe(1);
  });

  it.each(['string', 'object', 'file', 'stream'])(
    '[B38] replays a large answer to a client that left while it was sent: %s',
    async (kind) => {
      const path = `large?kind=${kind}`;
      const key = freshKey();
      const recorded = outcome('recorded', 'released');
      const outgoing = startRequest(`${app.url}/${path}`, { key });
      outgoing.on('error', () => undefined);
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      response.on('error', () => undefined);
      await once(response, 'data');
      outgoing.destroy();
      expect(await recorded).toBe('recorded');
      const retry = await wire(`${app.url}/${path}`, { key });
      expect(retry.replayed).toBe(true);
      expect(retry.bytes.length).toBeGreaterThanOrEqual(20_000_000);
      expect(runs).toBe(1);
    },
  );

  it('[B38] lets a generator go on when its client left', async () => {
    const key = freshKey();
    const recorded = outcome('recorded', 'released');
    await leaveWhileRunning('generator', key);
    gate.letGo();
    expect(await recorded).toBe('recorded');
    const retry = await wire(`${app.url}/generator`, { key });
    expect(retry.replayed).toBe(true);
    expect(retry.text).toBe('one two');
    expect(runs).toBe(1);
  });

  it('[B38] replays what a handler gave before its interceptors were timed out', async () => {
    const key = freshKey();
    const recorded = outcome('recorded', 'released');
    expect((await wire(`${app.url}/slow-outside`, { key })).status).toBe(408);
    gate.letGo();
    expect(await recorded).toBe('recorded');
    const retry = await wire(`${app.url}/slow-outside`, { key });
    expect(retry.replayed).toBe(true);
    expect(retry.json).toEqual({ data: { id: 1 } });
    expect(runs).toBe(1);
  });

  it('[B38] keeps what a handler said of status and headers before and after its timeout', async () => {
    const key = freshKey();
    const recorded = outcome('recorded', 'released');
    const impatient = await wire(`${app.url}/head-first`, { key });
    expect(impatient.status).toBe(408);
    gate.letGo();
    expect(await recorded).toBe('recorded');
    const retry = await wire(`${app.url}/head-first`, { key });
    expect(retry.status).toBe(202);
    expect(retry.all('x-early')).toEqual(['a', 'b']);
    expect(retry.all('x-late')).toEqual(['c']);
    expect(retry.header('content-type')).toBe('application/json; charset=utf-8');
  });

  it('[B38] lets a generator end that gives more than is kept, and never runs it again', async () => {
    const end = new Promise<void>((resolve) => (onEnd = resolve));
    const key = freshKey();
    const recorded = outcome('recorded', 'released');
    await leaveWhileRunning('too-large', key);
    gate.letGo();
    expect(await recorded).toBe('recorded');
    await end;
    const retry = await wire(`${app.url}/too-large`, { key });
    expect(retry.json.code).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    expect(runs).toBe(1);
  });

  it('[B38] frees the key when a generator fails after its client left', async () => {
    const key = freshKey();
    const released = outcome('recorded', 'released');
    await leaveWhileRunning('falls-over', key);
    gate.letGo();
    expect(await released).toBe('released');
  });

  it('[B38] answers duplicates 409 while the handler of a client that left runs', async () => {
    const key = freshKey();
    const recorded = outcome('recorded');
    await leaveWhileRunning('patient?result=object', key);
    const duplicate = await wire(`${app.url}/patient?result=object`, { key });
    expect(duplicate.status).toBe(409);
    gate.letGo();
    await recorded;
    expect((await wire(`${app.url}/patient?result=object`, { key })).json).toEqual({ id: 1 });
    expect(runs).toBe(1);
  });
});

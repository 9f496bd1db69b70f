import { Controller, Get, Injectable, Post, Res, type INestApplication } from '@nestjs/common';
import {
  Idempotent,
  IdempotencyContext,
  IdempotencyService,
  MemoryStore,
  type RequestMark,
} from 'nestjs-idempotency';
import { FakeClock } from 'nestjs-idempotency/testing';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

@Injectable()
class Ledger {
  constructor(private readonly context: IdempotencyContext) {}

  async see() {
    await new Promise((resolve) => setImmediate(resolve));
    const { active, key, attempt, signal, replayed } = this.context;
    return { active, key, attempt, replayed, aborted: signal?.aborted };
  }
}

let failing = false;
const stalled: { entered?: (signal: AbortSignal) => void; leave?: Promise<unknown> } = {};

@Controller('orders')
class OrdersController {
  constructor(
    private readonly context: IdempotencyContext,
    private readonly ledger: Ledger,
    private readonly service: IdempotencyService,
  ) {}

  @Post()
  @Idempotent({ required: false })
  async create() {
    return { here: this.context.key, ledger: await this.ledger.see() };
  }

  @Post('failing')
  @Idempotent()
  fail() {
    if (failing) throw new Error('failed');
    return { attempt: this.context.attempt };
  }

  @Post('stalled')
  @Idempotent({ lease: 30_000 })
  async stall() {
    const { attempt } = this.context;
    if (attempt === 1) {
      stalled.entered?.(this.context.signal!);
      await stalled.leave;
    }
    return { attempt };
  }

  @Post('nested')
  @Idempotent()
  async nest() {
    const before = this.context.key;
    const job = await this.service.run('job-key', () => this.context.key, { operation: 'nested' });
    return { before, job, after: this.context.key };
  }

  @Post('own')
  @Idempotent()
  own(@Res() response: { send(body: unknown): unknown }) {
    response.send({ key: this.context.key });
  }

  @Get('plain')
  plain() {
    return this.ledger.see();
  }
}

describe.each(PLATFORMS)('the context on %s', (platform) => {
  let app: TestApp;
  let marks: (RequestMark | undefined)[];
  const clock = new FakeClock();

  /** An access log, as a middleware or hook writes it: when the answer has left. */
  function logRequests(nest: INestApplication) {
    const instance = nest.getHttpAdapter().getInstance() as {
      addHook?(name: string, hook: (request: object, reply: object, done: () => void) => void): void;
    };
    if (instance.addHook) {
      instance.addHook('onResponse', (request, _, done) => {
        marks.push(IdempotencyContext.of(request));
        done();
      });
    } else {
      nest.use((request: object, response: NodeJS.EventEmitter, next: () => void) => {
        response.once('finish', () => marks.push(IdempotencyContext.of(request)));
        next();
      });
    }
  }

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [OrdersController],
      providers: [Ledger],
      idempotency: { store: new MemoryStore({ clock: clock.now }) },
      setup: logRequests,
    });
  });
  beforeEach(() => {
    marks = [];
  });
  afterAll(() => app.close());

  const seen = async (path: string, key?: string, method = 'POST') =>
    (await send(`${app.url}/orders${path}`, { method, ...(key !== undefined && { key }) })).json as unknown;

  /** The log is written after the client has its answer. */
  async function marked(count: number) {
    while (marks.length < count) await new Promise((resolve) => setImmediate(resolve));
    return marks;
  }

  it('[B57] tells handlers and providers about the attempt, across awaits', async () => {
    expect(await seen('', 'context')).toEqual({
      here: 'context',
      ledger: { active: true, key: 'context', attempt: 1, replayed: false, aborted: false },
    });
  });

  it('tells the key without its quotes', async () => {
    expect(await seen('', '"quoted"')).toMatchObject({ here: 'quoted' });
  });

  it('is not active outside of an idempotent request', async () => {
    const inactive = { active: false };
    expect(await seen('/plain', 'k', 'GET')).toEqual(inactive);
    expect(await seen('')).toEqual({ ledger: inactive });
    expect(await app.app.get(Ledger, { strict: false }).see()).toEqual({
      ...inactive,
      key: undefined,
      attempt: undefined,
      aborted: undefined,
    });
  });

  it('keeps parallel requests apart', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `parallel-${index}`);
    const answers = (await Promise.all(keys.map((key) => seen('', key)))) as {
      here: string;
      ledger: { key: string };
    }[];
    expect(answers.map(({ here }) => here)).toEqual(keys);
    expect(answers.map(({ ledger }) => ledger.key)).toEqual(keys);
  });

  it('is that of a job inside the job, and that of the request around it', async () => {
    expect(await seen('/nested', 'outer')).toEqual({ before: 'outer', job: 'job-key', after: 'outer' });
  });

  it('[B22] has a signal that fires when another attempt took over, and counts attempts', async () => {
    const aborted = new Promise<void>((resolve) => {
      stalled.entered = (signal) => {
        signal.addEventListener('abort', () => resolve());
        entered();
      };
    });
    let entered!: () => void;
    let leave!: (value: unknown) => void;
    const isIn = new Promise<void>((resolve) => (entered = resolve));
    stalled.leave = new Promise((resolve) => (leave = resolve));
    const first = seen('/stalled', 'stalled');
    await isIn;
    clock.advance(30_001);
    expect(await seen('/stalled', 'stalled')).toEqual({ attempt: 2 });
    leave(undefined);
    expect(await first).toEqual({ attempt: 2 });
    await aborted;
  });

  it('of a request is what an access log needs', async () => {
    await seen('', 'log');
    await seen('', 'log');
    await seen('');
    await seen('/plain', undefined, 'GET');
    expect(await marked(4)).toEqual([
      { key: 'log', attempt: 1, replayed: false },
      { key: 'log', attempt: 0, replayed: true },
      undefined,
      undefined,
    ]);
  });

  it('of a request is there for a handler that answers by itself', async () => {
    expect(await seen('/own', 'own')).toEqual({ key: 'own' });
    expect(await marked(1)).toEqual([{ key: 'own', attempt: 1, replayed: false }]);
  });

  it('of a request that failed is that of its attempt; the key is free for the next one', async () => {
    failing = true;
    await seen('/failing', 'f');
    failing = false;
    expect(await seen('/failing', 'f')).toEqual({ attempt: 1 });
    expect(await marked(2)).toEqual(Array(2).fill({ key: 'f', attempt: 1, replayed: false }));
  });

  it('of a request without a mark is undefined', () => {
    expect(IdempotencyContext.of({})).toBeUndefined();
  });
});

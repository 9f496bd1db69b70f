import {
  Body,
  Controller,
  Param,
  Post,
  Query,
  Req,
  UsePipes,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

let runs = 0;
/** Something else each time. */
let noise = 0;

type Loose = Record<string, any>;

/** Changes everything of a request that can be changed. */
function scribble(request: Loose): void {
  noise += 1;
  if (typeof request.body === 'object' && request.body !== null) request.body.noise = noise;
  else request.body = { noise };
  if (request.params) request.params.noise = noise;
  request.headers['x-noise'] = String(noise);
  request.headers['idempotency-key'] = `other-${noise}`;
  request.noise = noise;
}

const scribblingPipe: PipeTransform = {
  transform: (value: unknown, { type }) => {
    if (type === 'body' && typeof value === 'object' && value !== null) (value as Loose).noise = ++noise;
    return value;
  },
};

@Controller('orders')
class OrdersController {
  @Post('handler/:id') @Idempotent() byHandler(
    @Req() request: Loose,
    @Query() query: Loose,
    @Param() params: Loose,
  ) {
    scribble(request);
    query.noise = ++noise;
    params.noise = ++noise;
    request.user = { id: noise };
    return { run: ++runs };
  }
  @Post('pipe') @UsePipes(scribblingPipe) @Idempotent() byPipe(@Body() body: Loose) {
    return { run: ++runs, seen: body.noise !== undefined };
  }
  @Post('plain') @Idempotent() plain(@Body() body: Loose) {
    return { run: ++runs, seen: body?.noise !== undefined };
  }
}

const guard = {
  canActivate: (context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<Loose>();
    if (typeof request.body === 'object' && request.body !== null) request.body.noise = ++noise;
    Object.defineProperty(request, 'query', { value: { noise: ++noise }, configurable: true });
    request.headers['x-noise'] = String(noise);
    request.user = { id: 'ann', seenAt: noise };
    return true;
  },
};

const interceptor: NestInterceptor = {
  intercept: (context, next) => {
    scribble(context.switchToHttp().getRequest());
    return next.handle();
  },
};

function middleware(request: Loose, _response: unknown, next: () => void): void {
  if (typeof request.body === 'object' && request.body !== null) request.body.noise = ++noise;
  request.headers['x-noise'] = String(++noise);
  request.noise = noise;
  next();
}

describe.each(PLATFORMS)('changed requests on %s', (platform) => {
  const opened: TestApp[] = [];

  async function open(setup?: (app: INestApplication) => void): Promise<string> {
    const app = await createApp(platform, { controllers: [OrdersController], setup });
    opened.push(app);
    return `${app.url}/orders`;
  }

  beforeEach(() => {
    runs = 0;
  });
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  const BODIES: [string, { headers?: Record<string, string>; body?: string }][] = [
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{"a":{"b":1}}' }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&b=2' }],
    ['no body', {}],
  ];

  async function expectReplay(url: string, init: object) {
    const first = await send(url, { key: 'k', ...init });
    expect(first.status).toBe(201);
    for (let retry = 0; retry < 2; retry++) {
      const again = await send(url, { key: 'k', ...init });
      expect([again.status, again.replayed, again.text]).toEqual([201, true, first.text]);
    }
    expect(runs).toBe(1);
    return first;
  }

  it.each(BODIES)('[B14] replays %s though the handler changes the request', async (_, init) => {
    await expectReplay(`${await open()}/handler/7?a=1`, init);
  });

  it('[B14] replays though a pipe changes the body in its place', async () => {
    const first = await expectReplay(`${await open()}/pipe`, { json: { a: 1 } });
    expect(first.json.seen).toBe(true);
  });

  it.each(BODIES)(
    '[B14] replays %s though a guard changes body, query, headers and user',
    async (name, init) => {
      const url = await open((app) => void app.useGlobalGuards(guard));
      const first = await expectReplay(`${url}/plain?a=1`, init);
      expect(first.json.seen).toBe(name !== 'no body');
    },
  );

  it.each(BODIES)('[B14] replays %s though an interceptor changes the request', async (_, init) => {
    const url = await open((app) => void app.useGlobalInterceptors(interceptor));
    await expectReplay(`${url}/plain?a=1`, init);
  });

  it.each(BODIES)('[B14] replays %s though a middleware changes the request', async (_, init) => {
    const url = await open((app) => {
      // Behind the parsers, where the body is there to be changed.
      if (platform === 'express') (app as any).useBodyParser('json');
      if (platform === 'express') (app as any).useBodyParser('urlencoded', { extended: true });
      app.use(middleware);
    });
    await expectReplay(`${url}/plain?a=1`, init);
  });

  it('[B14] still tells another question from the first one', async () => {
    const url = await open((app) => void app.useGlobalGuards(guard));
    await send(`${url}/plain`, { key: 'k', json: { a: 1 } });
    expect((await send(`${url}/plain`, { key: 'k', json: { a: 2 } })).status).toBe(422);
    expect((await send(`${url}/plain?a=1`, { key: 'k', json: { a: 1 } })).status).toBe(422);
    expect(runs).toBe(1);
  });

  it('[B14] replays after a body that a handler keeps and goes on changing', async () => {
    const url = await open();
    await send(`${url}/handler/7`, { key: 'kept', json: { list: [1] } });
    expect((await send(`${url}/handler/7`, { key: 'kept', json: { list: [1] } })).replayed).toBe(true);
    expect((await send(`${url}/handler/7`, { key: 'kept', json: { list: [1], noise: 1 } })).status).toBe(422);
  });
});

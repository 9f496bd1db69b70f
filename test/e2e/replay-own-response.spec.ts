import { Controller, HttpCode, HttpException, Next, Post, Query, Render, Res, Sse } from '@nestjs/common';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { of, throwError } from 'rxjs';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type Platform, type TestApp } from '../support/create-app.js';
import {
  askTwins,
  contentOf,
  expectOneAnswer,
  freshKey,
  UNPROTECTED,
  type Protect,
} from '../support/twins.js';
import { wire } from '../support/wire.js';

let runs = 0;

/** Node's response, taken out of Fastify's hands. */
function rawOf(res: any) {
  if (res.hijack) res.hijack();
  return res.raw ?? res;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const WAYS: Record<string, (res: any) => unknown> = {
  send: (res) => res.status(202).send({ id: 1 }),
  'send a string': (res) => res.status(202).send('done'),
  'send nothing': (res) => res.status(202).send(),
  'send with a type': (res) => res.type('text/csv').send('a;b\n'),
  'send later': (res) => void setTimeout(() => res.status(202).send({ id: 1 }), 20),
  'send and return the response': async (res) => {
    await turn();
    return res.status(202).send({ id: 1 });
  },
  'return a value besides': (res) => {
    res.status(202).send({ id: 1 });
    return { ignored: true };
  },
  'return an Observable besides': (res) => {
    res.status(202).send({ id: 1 });
    return of({ ignored: true });
  },
  end: (res) => {
    const raw = rawOf(res);
    raw.statusCode = 203;
    raw.setHeader('X-Own', 'yes');
    raw.end('done');
  },
  'end with nothing': (res) => {
    const raw = rawOf(res);
    raw.statusCode = 204;
    raw.end();
  },
  'write and end': async (res) => {
    const raw = rawOf(res);
    raw.setHeader('Content-Type', 'text/plain');
    raw.write('one ');
    await turn();
    raw.write(Buffer.from('two '));
    await turn();
    raw.write('74687265652e', 'hex');
    await turn();
    raw.end();
  },
  'write all and end': (res) => {
    const raw = rawOf(res);
    raw.setHeader('Content-Length', 8);
    raw.write('one ');
    raw.write('two.');
    raw.end();
  },
  'write with callbacks': async (res) => {
    const raw = rawOf(res);
    raw.setHeader('Content-Length', 8);
    await new Promise((resolve) => raw.write('one ', resolve));
    await new Promise((resolve) => raw.write('two.', 'utf8', resolve));
    await new Promise<void>((resolve) => raw.end(resolve));
  },
  'writeHead and end': (res) =>
    rawOf(res)
      .writeHead(201, { 'content-type': 'text/plain', 'x-list': ['a', 'b'] })
      .end('x'),
  'writeHead with a message': (res) => rawOf(res).writeHead(202, 'Fine', { 'x-own': 'yes' }).end('x'),
  'writeHead with a flat list': (res) => rawOf(res).writeHead(202, ['x-own', 'yes', 'x-two', '2']).end('x'),
  'setHeader and writeHead': (res) => {
    const raw = rawOf(res);
    raw.setHeader('x-set', 'yes');
    raw.writeHead(202, { 'x-own': 'yes' });
    raw.write('a');
    raw.end('b');
  },
  'flushHeaders first': async (res) => {
    const raw = rawOf(res);
    raw.setHeader('x-own', 'yes');
    raw.flushHeaders();
    await turn();
    raw.end('late');
  },
  pipe: (res) => void Readable.from(['one ', 'two ', 'three']).pipe(rawOf(res)),
  'pipe in bytes': (res) =>
    void Readable.from([Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2)]).pipe(rawOf(res)),
  pipeline: (res) => pipeline(Readable.from(['one ', 'two']), rawOf(res)),
  'end twice': (res) => {
    const raw = rawOf(res);
    raw.end('once');
    raw.end();
  },
  'uint8array in pieces': (res) => {
    const raw = rawOf(res);
    raw.write(new Uint8Array([1, 2]));
    raw.end(new Uint8Array([3]));
  },
};

function twin(path: string, protect: Protect) {
  const ran = () => {
    if (path === 'kept') runs++;
  };

  @Controller(path)
  class OwnController {
    @Post('own')
    @HttpCode(200)
    @protect
    own(@Query('way') way: string, @Res() res: any) {
      ran();
      return WAYS[way]!(res);
    }

    @Post('view')
    @Render('order')
    @protect
    view() {
      ran();
      return { id: path === 'kept' ? runs : 1, name: '<tee>' };
    }

    @Post('view-later')
    @HttpCode(200)
    @protect
    @Render('order')
    async viewLater() {
      ran();
      await turn();
      return { id: 2, name: 'later' };
    }

    @Post('view-by-hand')
    @protect
    viewByHand(@Res() res: any) {
      ran();
      if (res.view) return res.view('order', { id: 3, name: 'by hand' });
      res.render('order', { id: 3, name: 'by hand' });
    }

    @Post('throws')
    @protect
    throws(@Res() _res: any) {
      ran();
      throw new HttpException({ sorry: true }, 404);
    }

    @Post('rejects')
    @protect
    async rejects(@Res() _res: any) {
      ran();
      await turn();
      throw new Error('unknown');
    }

    @Post('observable-error')
    @protect
    observableError(@Res() _res: any) {
      ran();
      return throwError(() => new HttpException({ sorry: true }, 410));
    }
  }
  return OwnController;
}

/** The smallest view engine that escapes. */
function views(app: any, platform: Platform): void {
  const render = ({ id, name }: { id: number; name: string }) =>
    `<h1>Order ${id}</h1><p>${name.replace(/</g, '&lt;')}</p>`;
  if (platform === 'express') {
    const engine = app.getHttpAdapter().getInstance();
    engine.set(
      'view',
      class {
        path = 'order';
        render(options: any, callback: (error: null, html: string) => void) {
          callback(null, render(options));
        }
      },
    );
    engine.set('view engine', 'tiny');
  } else {
    app
      .getHttpAdapter()
      .getInstance()
      .decorateReply('view', function (this: any, _template: string, data: any) {
        return this.header('Content-Type', 'text/html; charset=utf-8').send(render(data));
      });
  }
}

describe.each(PLATFORMS)('handlers that answer by themselves on %s', (platform) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [twin('kept', Idempotent()), twin('plain', UNPROTECTED)],
      setup: (nest) => views(nest, platform),
    });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => app.close());

  it.each(Object.keys(WAYS))('[B35] replays what @Res() sent: %s', async (way) => {
    expectOneAnswer(await askTwins(app, `own?way=${encodeURIComponent(way)}`));
    expect(runs).toBe(1);
  });

  it.each(['view', 'view-later', 'view-by-hand'])('[B35] replays a rendered page: %s', async (path) => {
    const answers = await askTwins(app, path);
    expect(answers.first.text).toContain('<h1>Order');
    expectOneAnswer(answers);
    expect(runs).toBe(1);
  });

  it.each([
    ['throws', 404],
    ['observable-error', 410],
  ])('[B35] replays the error of a handler with @Res(): %s', async (path, status) => {
    const answers = await askTwins(app, path);
    expect(answers.plain.status).toBe(status);
    expectOneAnswer(answers);
    expect(runs).toBe(1);
  });

  it('[B35] frees the key when a handler with @Res() fails', async () => {
    const { plain, first, retry } = await askTwins(app, 'rejects');
    expect(contentOf(first)).toEqual(contentOf(plain));
    expect(retry.status).toBe(500);
    expect(runs).toBe(2);
  });

  it('[B35] refuses @Sse() at start-up and says what to do', async () => {
    @Controller('events')
    class EventsController {
      @Sse()
      @Idempotent()
      events() {
        return of({ data: 1 });
      }
    }
    await expect(createApp(platform, { controllers: [EventsController] })).rejects.toThrow(
      /EventsController\.events.*@Sse\(\).*idempotent @Post\(\)/,
    );
  });

  it('[B35] does not call what a class decorator leaves out idempotent: @Sse() is a GET', async () => {
    @Controller('events')
    @Idempotent()
    class EventsController {
      @Sse()
      events() {
        return of({ data: 1 });
      }
    }
    const events = await createApp(platform, { controllers: [EventsController] });
    await events.close();
  });
});

describe('@Next() on express', () => {
  let app: TestApp;

  @Controller('next')
  class NextController {
    @Post('middleware')
    @Idempotent()
    middleware(@Next() next: () => void) {
      runs++;
      next();
    }

    @Post('error')
    @Idempotent()
    error(@Next() next: (error: Error) => void) {
      runs++;
      next(new HttpException('gone on purpose', 410));
    }

    @Post('later')
    @Idempotent()
    later(@Next() next: () => void) {
      runs++;
      setTimeout(next, 20);
    }
  }

  beforeAll(async () => {
    app = await createApp('express', { controllers: [NextController] });
    app.app.getHttpAdapter().getInstance();
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => app.close());

  it.each(['middleware', 'later'])(
    '[B35] replays what came after the handler said next(): %s',
    async (path) => {
      const key = freshKey();
      const first = await wire(`${app.url}/next/${path}`, { key });
      const retry = await wire(`${app.url}/next/${path}`, { key });
      expect(first.status).toBe(404);
      expect(retry.replayed).toBe(true);
      expect(contentOf(retry)).toEqual(contentOf(first));
      expect(runs).toBe(1);
    },
  );

  it('[B35] replays the error that a handler passed to next()', async () => {
    const key = freshKey();
    const first = await wire(`${app.url}/next/error`, { key });
    const retry = await wire(`${app.url}/next/error`, { key });
    expect(first.status).toBe(410);
    expect(contentOf(retry)).toEqual(contentOf(first));
    expect(runs).toBe(1);
  });
});

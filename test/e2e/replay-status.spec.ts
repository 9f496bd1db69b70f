import { Controller, Header, HttpCode, Post, Redirect, Res } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import { askTwins, expectOneAnswer, UNPROTECTED, type Protect } from '../support/twins.js';

let runs: string[] = [];

function redirect(res: any, url: string, status: number): void {
  if ('raw' in res) res.redirect(url, status);
  else res.redirect(status, url);
}

function twin(path: string, protect: Protect) {
  const ran = (name: string) => {
    if (path === 'kept') runs.push(name);
  };

  @Controller(path)
  class StatusController {
    @Post('created')
    @protect
    created() {
      ran('created');
      return { id: 1 };
    }

    @Post('http-code/200')
    @HttpCode(200)
    @protect
    ok() {
      ran('http-code/200');
      return { id: 1 };
    }

    @Post('http-code/202')
    @protect
    @HttpCode(202)
    accepted() {
      ran('http-code/202');
      return 'accepted';
    }

    @Post('http-code/204')
    @HttpCode(204)
    @protect
    nothing() {
      ran('http-code/204');
    }

    @Post('http-code/205')
    @HttpCode(205)
    @protect
    reset() {
      ran('http-code/205');
    }

    @Post('passthrough')
    @protect
    passthrough(@Res({ passthrough: true }) res: any) {
      ran('passthrough');
      res.status(207);
      return [{ ok: true }];
    }

    @Post('passthrough-204')
    @protect
    passthroughNothing(@Res({ passthrough: true }) res: any) {
      ran('passthrough-204');
      res.status(204);
    }

    @Post('passthrough-error')
    @protect
    passthroughError(@Res({ passthrough: true }) res: any) {
      ran('passthrough-error');
      res.status(404);
      return { missing: true };
    }

    @Post('redirect/static')
    @Redirect('https://shop.example/orders/1', 303)
    @protect
    staticRedirect() {
      ran('redirect/static');
    }

    @Post('redirect/default')
    @protect
    @Redirect('https://shop.example/orders/1')
    defaultRedirect() {
      ran('redirect/default');
    }

    @Post('redirect/dynamic')
    @Redirect()
    @protect
    dynamicRedirect() {
      ran('redirect/dynamic');
      return { url: `/orders/${path === 'kept' ? runs.length : 1}`, statusCode: 307 };
    }

    @Post('redirect/own')
    @protect
    ownRedirect(@Res() res: any) {
      ran('redirect/own');
      redirect(res, '/orders/9?a=1', 302);
    }

    @Post('redirect/header')
    @HttpCode(301)
    @Header('Location', '/elsewhere')
    @protect
    headerRedirect() {
      ran('redirect/header');
    }
  }
  return StatusController;
}

describe.each(PLATFORMS)('statuses on %s', (platform) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [twin('kept', Idempotent()), twin('plain', UNPROTECTED)],
    });
  });
  beforeEach(() => {
    runs = [];
  });
  afterAll(() => app.close());

  it.each([
    ['created', 201],
    ['http-code/200', 200],
    ['http-code/202', 202],
    ['http-code/204', 204],
    ['http-code/205', 205],
    ['passthrough', 207],
    ['passthrough-204', 204],
    ['passthrough-error', 404],
    ['redirect/static', 303],
    ['redirect/default', 302],
    ['redirect/dynamic', 307],
    ['redirect/own', 302],
    ['redirect/header', 301],
  ])('[B31] replays the status of %s', async (path, status) => {
    const answers = await askTwins(app, path);
    expect(answers.plain.status).toBe(status);
    expectOneAnswer(answers);
    expect(runs).toEqual([path]);
    if (path.startsWith('redirect'))
      expect(answers.retry.header('location')).toBe(answers.plain.header('location'));
  });
});

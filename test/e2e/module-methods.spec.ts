import { All, Controller, Get, Post } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

let runs = 0;

@Controller('every')
class EveryMethodController {
  @All('own')
  @Idempotent()
  own() {
    return { run: ++runs };
  }

  @Get('read')
  @Idempotent()
  read() {
    return { run: ++runs };
  }
}

@Controller('class')
@Idempotent()
class DecoratedController {
  @All()
  any() {
    return { run: ++runs };
  }
}

@Controller('named')
@Idempotent({ operation: 'shared' })
class NamedController {
  @Post()
  create() {
    return { run: ++runs };
  }
}

describe.each(PLATFORMS)('methods of requests on %s', (platform) => {
  let shop: TestApp;

  beforeAll(async () => {
    shop = await createApp(platform, { controllers: [EveryMethodController, DecoratedController] });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => shop.close());

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])(
    'protects %s on a handler for all methods that is decorated itself',
    async (method) => {
      const withoutKey = await send(`${shop.url}/every/own`, { method });
      expect(withoutKey.status).toBe(400);
      const first = await send(`${shop.url}/every/own`, { method, key: `own-${method}` });
      const second = await send(`${shop.url}/every/own`, { method, key: `own-${method}` });
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(second.replayed).toBe(true);
      expect(runs).toBe(1);
    },
  );

  it('lets HEAD of a decorated GET pass', async () => {
    expect((await send(`${shop.url}/every/read`, { method: 'HEAD' })).status).toBe(200);
    expect((await send(`${shop.url}/every/read`, { method: 'GET' })).status).toBe(400);
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('lets %s pass under a decorator on the class', async (method) => {
    expect((await send(`${shop.url}/class`, { method })).status).toBe(200);
    expect((await send(`${shop.url}/class`, { method: 'POST' })).status).toBe(400);
  });

  it('refuses to start with a named operation on a class', async () => {
    await expect(createApp(platform, { controllers: [NamedController] })).rejects.toThrow(
      /NamedController: option "operation" on a class/,
    );
  });
});

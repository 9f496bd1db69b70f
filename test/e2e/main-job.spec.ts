import { Body, Controller, Post, Res, HttpCode, Header, StreamableFile } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

let runs = 0;

@Controller('orders')
class OrdersController {
  @Post()
  @Idempotent({ ttl: 86_400_000, scope: 'user' })
  create(@Body() order: { sku: string }) {
    runs++;
    return { id: runs, ...order };
  }

  @Post('accepted')
  @HttpCode(202)
  @Header('X-Shop', 'corner')
  @Idempotent()
  accept() {
    runs++;
    return `accepted ${runs}`;
  }

  @Post('file')
  @Idempotent()
  file() {
    runs++;
    return new StreamableFile(Buffer.from([0, 1, 2, 255, runs]), { type: 'application/pdf' });
  }

  @Post('own')
  @Idempotent()
  own(@Res() res: any) {
    runs++;
    res.status(203).send({ own: runs });
  }
}

describe.each(PLATFORMS)('the main job on %s', (platform) => {
  let shop: TestApp;

  beforeAll(async () => {
    shop = await createApp(platform, { controllers: [OrdersController] });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => shop.close());

  it.each([
    ['/orders', 201],
    ['/orders/accepted', 202],
    ['/orders/file', 201],
    ['/orders/own', 203],
  ])('answers a repeated POST %s with the first answer and runs the handler once', async (path, status) => {
    const first = await send(`${shop.url}${path}`, { key: 'main-job', json: { sku: 'tea' } });
    const second = await send(`${shop.url}${path}`, { key: 'main-job', json: { sku: 'tea' } });
    expect(first.status).toBe(status);
    expect(first.replayed).toBe(false);
    expect(second.status).toBe(status);
    expect(second.replayed).toBe(true);
    expect(second.bytes).toEqual(first.bytes);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(runs).toBe(1);
  });

  it('refuses the key for another body', async () => {
    await send(`${shop.url}/orders`, { key: 'k', json: { sku: 'tea' } });
    const other = await send(`${shop.url}/orders`, { key: 'k', json: { sku: 'rum' } });
    expect(other.status).toBe(422);
    expect(other.json).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
    expect(other.headers.get('content-type')).toContain('application/problem+json');
    expect(runs).toBe(1);
  });
});

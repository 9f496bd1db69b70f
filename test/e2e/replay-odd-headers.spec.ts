import { Controller, Post, Res } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

let runs = 0;

@Controller('odd')
class OddController {
  @Post('headers')
  @Idempotent()
  headers(
    @Res({ passthrough: true }) response: { header(name: string, value: unknown): void; raw?: unknown },
  ) {
    const setHeader = (name: string, value: unknown) =>
      response.raw
        ? response.header(name, value)
        : (
            response as unknown as Map<string, unknown> & {
              setHeader(name: string, value: unknown): void;
            }
          ).setHeader(name, value);
    setHeader('Expires', new Date(0));
    setHeader('X-Nothing', null);
    setHeader('X-Refresh-Token', 'secret');
    return { run: ++runs };
  }

  @Post('rule')
  @Idempotent({ record: (async () => true) as never })
  rule() {
    return { run: ++runs };
  }
}

describe.each(PLATFORMS)('odd values of the application on %s', (platform) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createApp(platform, { controllers: [OddController] });
  });
  beforeEach(() => (runs = 0));
  afterAll(() => app.close());

  it('[B31] [B32] replays headers that are a Date or null as they were sent, and no token', async () => {
    const first = await send(`${app.url}/odd/headers`, { key: 'k', json: {} });
    expect([first.status, first.json]).toEqual([201, { run: 1 }]);
    const retry = await send(`${app.url}/odd/headers`, { key: 'k', json: {} });
    expect([retry.status, retry.replayed, retry.text]).toEqual([201, true, first.text]);
    for (const name of ['expires', 'x-nothing'])
      expect(retry.headers.get(name)).toBe(first.headers.get(name));
    expect([first.headers.has('x-refresh-token'), retry.headers.has('x-refresh-token')]).toEqual([
      true,
      false,
    ]);
    expect(runs).toBe(1);
  });

  it('[B42] records by the default when the rule gives a promise', async () => {
    const first = await send(`${app.url}/odd/rule`, { key: 'r', json: {} });
    const retry = await send(`${app.url}/odd/rule`, { key: 'r', json: {} });
    expect([retry.status, retry.replayed, retry.text]).toEqual([201, true, first.text]);
    expect(runs).toBe(1);
  });
});

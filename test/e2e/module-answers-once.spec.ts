import { Controller, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Idempotent, MemoryStore } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';

/** Takes some turns of the event loop to save, as a store on a network does. */
class SlowStore extends MemoryStore {
  override async complete(...args: Parameters<MemoryStore['complete']>) {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    return super.complete(...args);
  }
}

let runs = 0;

@Controller()
class AnswersController {
  @Post('sends-and-throws')
  @Idempotent()
  sendAndThrow(@Res() response: { status(code: number): { send(body: unknown): unknown } }) {
    runs++;
    response.status(202).send({ run: runs });
    throw new Error('too late to say this');
  }
}

@Controller()
class FastifyController {
  /** What Nest 10 and 11 do with redirects: nobody waits for the reply, and the promise of the route resolves. */
  @Post('sends-and-resolves')
  @Idempotent()
  async sendAndResolve(@Res() reply: FastifyReply) {
    runs++;
    void reply.code(202).send({ run: runs });
    await Promise.resolve();
  }
}

describe.each(PLATFORMS)('an answer that is being saved on %s', (platform) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, {
      controllers: [AnswersController, ...(platform === 'fastify' ? [FastifyController] : [])],
      idempotency: { store: new SlowStore() },
    });
  });
  beforeEach(() => {
    runs = 0;
  });
  afterAll(() => app.close());

  const paths = ['sends-and-throws', ...(platform === 'fastify' ? ['sends-and-resolves'] : [])];

  it.each(paths)('is the only answer of a handler that %s', async (path) => {
    const first = await send(`${app.url}/${path}`, { key: 'once' });
    const second = await send(`${app.url}/${path}`, { key: 'once' });
    expect([first.status, first.text]).toEqual([202, '{"run":1}']);
    expect([second.status, second.text, second.replayed]).toEqual([202, '{"run":1}', true]);
    expect(runs).toBe(1);
  });
});

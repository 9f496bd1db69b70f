import {
  Body,
  CanActivate,
  Controller,
  ExecutionContext,
  HttpException,
  Injectable,
  ParseIntPipe,
  Param,
  Post,
  UnauthorizedException,
  UseGuards,
  UsePipes,
  ValidationPipe,
  type PipeTransform,
} from '@nestjs/common';
import { IsInt, IsString, Min } from 'class-validator';
import { Idempotent, MemoryStore } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import { freshKey } from '../support/twins.js';
import { wire } from '../support/wire.js';

let runs = 0;
const rights = new Map<string, boolean>();

class CountingStore extends MemoryStore {
  calls = 0;

  override acquire(...args: Parameters<MemoryStore['acquire']>) {
    this.calls++;
    return super.acquire(...args);
  }
  override release(...args: Parameters<MemoryStore['release']>) {
    this.calls++;
    return super.release(...args);
  }
  override complete(...args: Parameters<MemoryStore['complete']>) {
    this.calls++;
    return super.complete(...args);
  }
}

class OrderDto {
  @IsString() sku!: string;
  @IsInt() @Min(1) count!: number;
}

@Injectable()
class TokenGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    const user = request.headers['x-user'];
    if (!user) throw new UnauthorizedException();
    request.user = { id: user };
    return rights.get(user) ?? true;
  }
}

class SlowPipe implements PipeTransform {
  async transform(value: { teapot?: boolean }) {
    await new Promise((resolve) => setImmediate(resolve));
    if (value?.teapot) throw new HttpException({ teapot: true }, 418);
    return value;
  }
}

@Controller()
class OrdersController {
  @Post('validated')
  @Idempotent()
  validated(@Body(new ValidationPipe({ whitelist: true, transform: true })) order: OrderDto) {
    runs++;
    return { run: runs, order };
  }

  @Post('parsed/:id')
  @Idempotent({ fingerprint: () => 'the same question' })
  parsed(@Param('id', ParseIntPipe) id: number) {
    runs++;
    return { run: runs, id };
  }

  @Post('slow')
  @UsePipes(SlowPipe)
  @Idempotent({ record: () => true })
  slow(@Body() body: unknown) {
    runs++;
    return { run: runs, body };
  }

  @Post('guarded')
  @UseGuards(TokenGuard)
  @Idempotent()
  guarded(@Body() _body: unknown) {
    runs++;
    return { run: runs };
  }

  @Post('plain')
  @Idempotent()
  plain(@Body() body: unknown) {
    runs++;
    return { run: runs, body };
  }
}

describe.each(PLATFORMS)('before the handler on %s', (platform) => {
  let app: TestApp;
  let store: CountingStore;

  beforeAll(async () => {
    store = new CountingStore();
    app = await createApp(platform, { controllers: [OrdersController], idempotency: { store } });
  });
  beforeEach(() => {
    runs = 0;
    store.calls = 0;
  });
  afterAll(() => app.close());

  it('[B43] runs a corrected body under the key of one that a pipe refused', async () => {
    const key = freshKey();
    const refused = await wire(`${app.url}/validated`, { key, json: { sku: 'tea', count: 0 } });
    expect(refused.status).toBe(400);
    expect(refused.json.message).toEqual(['count must not be less than 1']);
    const again = await wire(`${app.url}/validated`, { key, json: { sku: 'tea', count: 0 } });
    expect(again.status).toBe(400);
    expect(again.replayed).toBe(false);
    const corrected = await wire(`${app.url}/validated`, { key, json: { sku: 'tea', count: 2 } });
    expect(corrected.status).toBe(201);
    const retry = await wire(`${app.url}/validated`, { key, json: { sku: 'tea', count: 2 } });
    expect(retry.replayed).toBe(true);
    expect(retry.bytes).toEqual(corrected.bytes);
    expect(runs).toBe(1);
  });

  it('[B43] does the same for a pipe of a parameter', async () => {
    const key = freshKey();
    expect((await wire(`${app.url}/parsed/x`, { key })).status).toBe(400);
    expect((await wire(`${app.url}/parsed/7`, { key })).json).toEqual({ run: 1, id: 7 });
  });

  it('[B43] never records what a pipe said, whatever the record option says', async () => {
    const key = freshKey();
    expect((await wire(`${app.url}/slow`, { key, json: { teapot: true } })).status).toBe(418);
    const corrected = await wire(`${app.url}/slow`, { key, json: { teapot: false } });
    expect(corrected.status).toBe(201);
    expect(runs).toBe(1);
  });

  it('[B43] asks the store nothing about malformed JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await wire(`${app.url}/plain`, { key: freshKey(), body: '{"sku": ', headers });
    expect(answer.status).toBe(400);
    expect(answer.json.code).toBeUndefined();
    expect(store.calls).toBe(0);
    expect(runs).toBe(0);
  });

  it('[B43] asks the store nothing about a body that is too large', async () => {
    const answer = await wire(`${app.url}/plain`, {
      key: freshKey(),
      json: { text: 'x'.repeat(2_000_000) },
    }).catch((error: NodeJS.ErrnoException) => error);
    // The server may hang up on a client that is still sending.
    if (!(answer instanceof Error)) expect(answer.status).toBe(413);
    expect(store.calls).toBe(0);
    expect(runs).toBe(0);
  });

  it('[B43] asks the store nothing about a content type or encoding that nobody reads', async () => {
    const requests: Record<string, string>[] = [
      { 'content-type': 'application/x-unknown' },
      { 'content-type': 'application/json; charset=utf-99' },
      { 'content-type': 'application/json', 'content-encoding': 'brotli-2' },
    ];
    for (const headers of requests) {
      const answer = await wire(`${app.url}/plain`, { key: freshKey(), body: '{"a":1}', headers });
      if (answer.status < 400) continue; // Fastify decodes nothing and reads every charset as UTF-8.
      expect([400, 415]).toContain(answer.status);
      expect(store.calls).toBe(0);
      expect(runs).toBe(0);
    }
    const unknown = await wire(`${app.url}/plain`, { key: freshKey(), body: 'a', headers: requests[0]! });
    expect(unknown.status).toBe(415);
  });

  it('[B44] refuses callers that guards refuse without asking the store', async () => {
    const key = freshKey();
    expect((await wire(`${app.url}/guarded`, { key, json: {} })).status).toBe(401);
    rights.set('mallory', false);
    const forbidden = await wire(`${app.url}/guarded`, { key, json: {}, headers: { 'x-user': 'mallory' } });
    expect(forbidden.status).toBe(403);
    expect(store.calls).toBe(0);
    expect(runs).toBe(0);
  });

  it('[B44] refuses before it looks at the key', async () => {
    expect((await wire(`${app.url}/guarded`, { json: {} })).status).toBe(401);
  });

  it('[B44] replays nothing to a caller who lost the right, and the answer again to one who got it back', async () => {
    const key = freshKey();
    const ask = () => wire(`${app.url}/guarded`, { key, json: {}, headers: { 'x-user': 'ann' } });
    rights.set('ann', true);
    const first = await ask();
    expect(first.status).toBe(201);
    rights.set('ann', false);
    store.calls = 0;
    const revoked = await ask();
    expect(revoked.status).toBe(403);
    expect(revoked.replayed).toBe(false);
    expect(revoked.text).not.toContain('run');
    expect(store.calls).toBe(0);
    rights.set('ann', true);
    const back = await ask();
    expect(back.replayed).toBe(true);
    expect(back.bytes).toEqual(first.bytes);
    expect(runs).toBe(1);
  });
});

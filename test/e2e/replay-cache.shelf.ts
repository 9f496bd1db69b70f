// Applications that share one Redis of their own, and everything that this Redis is asked for.
import {
  Body,
  Controller,
  Header,
  HttpCode,
  Param,
  Post,
  Redirect,
  StreamableFile,
  type INestApplication,
} from '@nestjs/common';
import { Redis } from 'ioredis';
import { Readable } from 'node:stream';
import {
  IdempotencyService,
  Idempotent,
  type IdempotencyEvent,
  type IdempotencyModuleOptions,
  type IdempotentOptions,
} from 'nestjs-idempotency';
import { RedisStore } from 'nestjs-idempotency/redis';
import { createApp, type Platform } from '../support/create-app.js';
import { monitorRedis } from '../support/redis-monitor.js';
import { startRedis } from '../support/redis-server.mjs';
import { wire, type Wire } from '../support/wire.js';

export interface CachedAppOptions {
  readonly route?: IdempotentOptions;
  readonly module?: IdempotencyModuleOptions;
  readonly setup?: (app: INestApplication) => void;
}

/** What a request says besides its key. */
export interface Ask {
  readonly user?: string;
  readonly json?: unknown;
}

export type CachedApp = Awaited<ReturnType<Shelf['app']>>;

export class Shelf {
  /** Executions of handlers, in all applications. */
  runs = 0;
  private readonly closers: (() => unknown)[] = [];
  private prefixes = 0;

  private constructor(
    private readonly server: Awaited<ReturnType<typeof startRedis>>,
    private readonly monitor: Awaited<ReturnType<typeof monitorRedis>>,
  ) {}

  static async open(): Promise<Shelf> {
    const server = await startRedis();
    return new Shelf(server, await monitorRedis(server.port));
  }

  /** Records of one test. */
  newPlace(): string {
    return `place-${++this.prefixes}:`;
  }

  /** An application with memory and client of its own: another process, as far as Redis can tell. */
  async app(platform: Platform, prefix: string, { route = {}, module, setup }: CachedAppOptions = {}) {
    const client = new Redis(this.server.port);
    client.on('error', () => undefined);
    const events: IdempotencyEvent[] = [];
    const app = await createApp(platform, {
      controllers: [controllerOf(this, route)],
      idempotency: {
        store: new RedisStore({ client, prefix }),
        principal: (context) =>
          context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-buyer'],
        onEvent: (event) => events.push(event),
        replayCache: { ttl: 60_000 },
        ...module,
      },
      ...(setup && { setup }),
    });
    const close = async () => {
      await app.close();
      client.disconnect();
    };
    this.closers.push(close);
    const ask = (key: string, what = 'json', { user, json = { sku: 'tea' } }: Ask = {}): Promise<Wire> =>
      wire(`${app.url}/shelf/${what}`, { key, json, headers: { ...(user && { 'x-buyer': user }) } });
    return { ask, events, client, service: app.app.get(IdempotencyService) };
  }

  /** How many commands clients send while `action` runs. */
  async commands(action: () => Promise<unknown>): Promise<number> {
    return (await this.monitor.during(action)).sent.length;
  }

  async closeApps(): Promise<void> {
    for (const close of this.closers.splice(0)) await close();
  }

  async close(): Promise<void> {
    await this.closeApps();
    this.monitor.stop();
    await this.server.stop();
  }
}

/** Answers of every kind. All of them tell their execution, so that no replay is taken for another. */
export const ANSWERS: Record<string, (run: number) => unknown> = {
  json: (run) => ({ run, name: 'Tee & <b>"Kekse"</b>' }),
  text: (run) => `run ${run} – grüße`,
  binary: (run) => Buffer.from([run & 255, 0, 128, 255]),
  stream: (run) => new StreamableFile(Readable.from([Buffer.from(`run ${run} `), Buffer.from('goes on')])),
  file: (run) => new StreamableFile(Buffer.from(`run ${run}`), { type: 'text/csv', disposition: 'inline' }),
  nothing: () => undefined,
  large: (run) => ({ run, text: 'x'.repeat(20_000) }),
};

function controllerOf(shelf: Shelf, route: IdempotentOptions) {
  @Controller('shelf')
  @Idempotent(route)
  class ShelfController {
    @Post('moved')
    @Redirect()
    moved() {
      return { url: `/orders/${++shelf.runs}`, statusCode: 303 };
    }

    @Post('empty')
    @HttpCode(204)
    empty() {
      shelf.runs += 1;
    }

    @Post('headers')
    @Header('Link', '</next>; rel="next"')
    @Header('X-Order-Id', '42')
    headers() {
      return { run: ++shelf.runs };
    }

    @Post(':what')
    put(@Param('what') what: string, @Body() _body: unknown) {
      return ANSWERS[what]!(++shelf.runs);
    }
  }
  return ShelfController;
}

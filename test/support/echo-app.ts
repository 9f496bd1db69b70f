import compress from '@fastify/compress';
import { Body, Controller, Post, Query, type INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Idempotent } from 'nestjs-idempotency';
import { CountingStore } from './counting-store.js';
import { createApp, type Platform, type TestApp, type TestAppOptions } from './create-app.js';
import { rawRequest, type RawAnswer } from './raw-request.js';

/** A request as it goes over the wire. */
export interface Ask {
  /** @default '/echo' */
  readonly target?: string;
  /** Header lines besides the key. @default none */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly method?: string;
}

export interface EchoApp extends TestApp {
  readonly store: CountingStore;
  /** Executions of the handler. */
  runs(): number;
  ask(key: string, what: Ask): Promise<RawAnswer>;
}

/** An application that answers what its parsers made of a request; it reads JSON, forms, text and bytes, also compressed. */
export async function createEchoApp(platform: Platform, options: TestAppOptions = {}): Promise<EchoApp> {
  let runs = 0;

  @Controller('echo')
  class EchoController {
    @Post()
    @Idempotent()
    echo(@Query() query: unknown, @Body() body: unknown) {
      runs += 1;
      return { runs, query, body };
    }
  }

  const store = new CountingStore();
  const app = await createApp(platform, {
    controllers: [EchoController],
    idempotency: { store },
    ...options,
    setup: async (nest) => {
      await options.setup?.(nest);
      if (platform === 'express') parseOnExpress(nest);
      else await parseOnFastify(nest);
    },
  });
  const ask = (key: string, { target = '/echo', headers = [], body, method }: Ask) =>
    rawRequest(app.url, target, [`Idempotency-Key: ${key}`, ...headers], { method, body });
  return { ...app, store, ask, runs: () => runs };
}

const BYTES = 'application/octet-stream';

function parseOnExpress(app: INestApplication): void {
  const express = app as NestExpressApplication;
  express.set('query parser', 'extended');
  express.useBodyParser('text', {});
  express.useBodyParser('raw', { type: BYTES });
  express.useBodyParser('json', { type: ['application/json', 'application/*+json'] });
}

async function parseOnFastify(app: INestApplication): Promise<void> {
  const fastify = app as NestFastifyApplication;
  await fastify.register(compress, { global: true });
  fastify.useBodyParser(BYTES, {}, (_request, body, done) => done(null, body));
  fastify.useBodyParser('application/vnd.api+json', {}, (_request, body, done) =>
    done(null, JSON.parse(body.toString())),
  );
}

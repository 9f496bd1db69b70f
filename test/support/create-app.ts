import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import { IdempotencyModule, type IdempotencyModuleOptions } from 'nestjs-idempotency';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface TestApp {
  readonly app: INestApplication;
  /** `http://127.0.0.1:port`, listening. */
  readonly url: string;
  close(): Promise<void>;
}

export interface TestAppOptions extends ModuleMetadata {
  /** Of the module; `false` leaves the module out. */
  readonly idempotency?: IdempotencyModuleOptions | false;
  /** What `main.ts` does between create and listen. */
  readonly setup?: (app: INestApplication) => void | Promise<void>;
}

/** A real application on a real port. */
export async function createApp(platform: Platform, options: TestAppOptions): Promise<TestApp> {
  const { idempotency = {}, setup, imports = [], ...metadata } = options;
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [...imports, ...(idempotency === false ? [] : [IdempotencyModule.forRoot(idempotency)])],
  }).compile();
  const app =
    platform === 'express'
      ? module.createNestApplication(new ExpressAdapter(), { logger: false })
      : module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  await setup?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}`, close: () => app.close() };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** Parsed body. */
  readonly json: any;
  readonly replayed: boolean;
}

/** Sends a request and takes in the whole answer. */
export async function send(
  url: string,
  init: RequestInit & { key?: string; json?: unknown } = {},
): Promise<Answer> {
  const { key, json, headers, ...rest } = init;
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    ...rest,
    headers: {
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(headers as Record<string, string>),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString();
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text,
    get json() {
      return JSON.parse(text);
    },
    replayed: response.headers.get('idempotent-replayed') === 'true',
  };
}

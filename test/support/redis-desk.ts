// An application whose one idempotent handler counts its executions, on a Redis that a test breaks.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Body, Controller, Headers, Post, type Type } from '@nestjs/common';
import { Idempotent, type IdempotencyModuleOptions, type IdempotentOptions } from 'nestjs-idempotency';
import { RedisStore } from 'nestjs-idempotency/redis';
import { createApp, send, type Answer, type TestApp } from './create-app.js';
import { Gate } from './fault-gate.js';
import { clientKinds, type ClientKind, type OpenClient } from './redis-clients.js';

/** One client of each family: within a family, versions differ in how they are made, not in how they fail. */
export const families: readonly ClientKind[] = clientKinds.filter(({ name }) =>
  ['ioredis 6', 'node-redis 6'].includes(name),
);

/** A request whose handler has been entered and waits. */
export interface Running {
  /** What its client will get. */
  readonly answer: Promise<Answer>;
  /** Lets the handler end. */
  finish(): void;
}

/** What tells a client to come back later. */
const NOT_NOW = ['IDEMPOTENCY_STORE_UNAVAILABLE', 'IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_LEASE_LOST'];

export class RedisDesk {
  readonly prefix = `${randomUUID()}:`;
  private readonly counts = new Map<string, number>();
  private readonly gates = new Map<string, Gate>();
  private app!: TestApp;

  private constructor(private readonly opened: OpenClient) {}

  static async open(
    opening: Promise<OpenClient>,
    // The stricter promise: what is neither stuck nor run twice under it is neither under the other one.
    route: IdempotentOptions = { guarantee: 'at-most-once' },
    module: IdempotencyModuleOptions = {},
  ): Promise<RedisDesk> {
    const opened = await opening;
    const desk = new RedisDesk(opened);
    const store = new RedisStore({ client: opened.client, prefix: desk.prefix });
    desk.app = await createApp('express', {
      controllers: [controllerOf(desk, route)],
      idempotency: { store, ...module },
    });
    return desk;
  }

  send(key: string): Promise<Answer> {
    return send(`${this.app.url}/desk`, { key, json: { sku: 'tea' } });
  }

  /** Sends a request, and resolves when its handler has been entered, where it stays until it is told to end. */
  async begin(key: string): Promise<Running> {
    const gate = new Gate();
    this.gates.set(key, gate);
    const answer = this.send(key);
    await Promise.race([gate.reached, answer.then(refuseToGoOn)]);
    return { answer, finish: () => gate.open() };
  }

  /** Does what a client does: asks until the answer is not to come back later. */
  async retry(key: string): Promise<Answer> {
    for (;;) {
      const answer = await this.send(key);
      if (!NOT_NOW.includes(codeOf(answer) ?? '')) return answer;
      await pause(20);
    }
  }

  /** Executions of the handler for this key. */
  runs(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  /** What the handler does. */
  async work(key: string): Promise<object> {
    const run = this.runs(key) + 1;
    this.counts.set(key, run);
    const gate = this.gates.get(key);
    // It holds one execution: those that follow are not to wait for it.
    this.gates.delete(key);
    await gate?.pass();
    return { key, run };
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.opened.close();
  }
}

/** The code of an answer that is a problem. */
export function codeOf({ status, json }: Answer): string | undefined {
  return status < 400 ? undefined : (json as { code?: string }).code;
}

/** Refused because the store did not answer, with a time to come back. */
export function expectRefused(answer: Answer): void {
  expect([answer.status, codeOf(answer)]).toEqual([503, 'IDEMPOTENCY_STORE_UNAVAILABLE']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
}

/** The first answer, byte for byte, and marked as such. */
export function expectReplay(answer: Answer, first: Answer): void {
  expect([answer.status, answer.replayed]).toEqual([first.status, true]);
  expect(answer.bytes).toEqual(first.bytes);
}

/** An execution's own answer. */
export function expectRun(answer: Answer, key: string, run: number): void {
  expect([answer.status, answer.replayed]).toEqual([201, false]);
  expect(answer.json).toEqual({ key, run });
}

function refuseToGoOn(answer: Answer): never {
  throw new Error(`The handler was not entered: ${answer.status} ${answer.text}`);
}

function controllerOf(desk: RedisDesk, route: IdempotentOptions): Type {
  @Controller('desk')
  class DeskController {
    @Post()
    @Idempotent(route)
    work(@Headers('idempotency-key') key: string, @Body() _body: unknown) {
      return desk.work(key);
    }
  }
  return DeskController;
}

// A desk at which work is done: an application with one idempotent handler that a test holds and lets go.
import { request } from 'node:http';
import { Body, Controller, HttpException, Post, UseGuards, type Type } from '@nestjs/common';
import {
  IdempotencyContext,
  Idempotent,
  type IdempotencyEvent,
  type IdempotencyModuleOptions,
  type IdempotentOptions,
} from 'nestjs-idempotency';
import { createApp, send, type Platform, type TestApp } from './create-app.js';
import { FaultStore } from './fault-store.js';
import { openStore, type StoreName } from './fault-stores.js';

export interface Attempt {
  readonly number: number;
  readonly signal: AbortSignal;
}

export class Desk {
  runs = 0;
  /** Requests that have come as far as the guards, which is just before the library. */
  received = 0;
  readonly attempts: Attempt[] = [];
  readonly events: IdempotencyEvent[] = [];
  app!: TestApp;
  store!: FaultStore;
  /** What the handler does; a number as its status makes an error of it. */
  work: (attempt: Attempt, run: number) => unknown = (_, run) => ({ run });
  /** Closes the store's client alone. */
  closeStore!: () => Promise<void>;

  static async open(
    platform: Platform,
    store: StoreName,
    route: IdempotentOptions = {},
    module: IdempotencyModuleOptions = {},
    providers: Type[] = [],
  ): Promise<Desk> {
    const desk = new Desk();
    const opened = openStore(store);
    desk.store = new FaultStore(opened.store);
    desk.closeStore = opened.close;
    desk.app = await createApp(platform, {
      controllers: [controllerOf(desk, route)],
      providers,
      idempotency: { store: desk.store, onEvent: (event) => desk.events.push(event), ...module },
    });
    return desk;
  }

  send(key: string, json: unknown = { sku: 'tea' }): ReturnType<typeof send> {
    return send(`${this.app.url}/desk`, { key, json });
  }

  /** A request of a client that leaves when told, on a connection of its own. */
  sendAndLeave(key: string, json: unknown = { sku: 'tea' }): { leave(): void } {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const client = request(`${this.app.url}/desk`, { method: 'POST', agent: false, headers });
    client.on('error', () => undefined);
    client.end(JSON.stringify(json));
    return { leave: () => void client.destroy() };
  }

  get outcomes(): string[] {
    return this.events.flatMap((event) => (event.kind === 'outcome' ? [event.outcome] : []));
  }

  get incidents(): string[] {
    return this.events.flatMap((event) => (event.kind === 'incident' ? [event.incident] : []));
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.closeStore();
  }
}

/** An error that is released, not recorded. */
export const failure = () => new HttpException({ message: 'the press is broken' }, 500);

function controllerOf(desk: Desk, route: IdempotentOptions): Type {
  const door = {
    canActivate: () => {
      desk.received += 1;
      return true;
    },
  };

  @Controller('desk')
  @UseGuards(door)
  class DeskController {
    constructor(private readonly idempotency: IdempotencyContext) {}

    @Post()
    @Idempotent(route)
    work(@Body() _body: unknown) {
      const attempt = { number: this.idempotency.attempt ?? 0, signal: this.idempotency.signal! };
      desk.attempts.push(attempt);
      return desk.work(attempt, ++desk.runs);
    }
  }
  return DeskController;
}

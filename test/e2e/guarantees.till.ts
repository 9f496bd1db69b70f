// A till: an application with one idempotent handler that counts what it does, on a clock that a test moves.
import { request } from 'node:http';
import {
  BadGatewayException,
  Body,
  Controller,
  Post,
  applyDecorators,
  type ExecutionContext,
} from '@nestjs/common';
import {
  IdempotencyContext,
  IdempotencyService,
  Idempotent,
  MemoryStore,
  type IdempotencyEvent,
  type IdempotencyModuleOptions,
  type IdempotencyStore,
  type IdempotentOptions,
} from 'nestjs-idempotency';
import { FakeClock, FaultyStore } from 'nestjs-idempotency/testing';
import { createApp, send, type Answer, type Platform, type TestApp } from '../support/create-app.js';
import { Gate } from '../support/fault-gate.js';

export interface TillRun {
  /** 1 for the first execution of all. */
  readonly run: number;
  /** Of the record. */
  readonly attempt: number;
  readonly reference: string;
  notApplied(): void;
}

export interface TillOptions {
  readonly route?: IdempotentOptions;
  readonly module?: IdempotencyModuleOptions;
  /** @default a MemoryStore on the till's clock */
  readonly store?: IdempotencyStore;
  /** Of the handler: filters, interceptors, pipes, guards. */
  readonly decorators?: readonly (MethodDecorator | (MethodDecorator & ClassDecorator))[];
}

/** What a request says besides its key. */
export interface TillRequest {
  readonly user?: string;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

export class Till {
  readonly clock = new FakeClock();
  /** Every execution of the handler. */
  readonly runs: TillRun[] = [];
  readonly events: IdempotencyEvent[] = [];
  store!: FaultyStore;
  app!: TestApp;
  /** What the handler does. */
  work: (run: TillRun) => unknown = ({ run }) => ({ run });

  static async open(platform: Platform, options: TillOptions = {}): Promise<Till> {
    const till = new Till();
    till.store = new FaultyStore(options.store ?? new MemoryStore({ clock: till.clock.now }));
    till.app = await createApp(platform, {
      controllers: [controllerOf(till, options)],
      idempotency: {
        store: till.store,
        principal: userOf,
        onEvent: (event) => till.events.push(event),
        ...options.module,
      },
    });
    return till;
  }

  get service(): IdempotencyService {
    return this.app.app.get(IdempotencyService);
  }

  get outcomes(): string[] {
    return this.events.flatMap((event) => (event.kind === 'outcome' ? [event.outcome] : []));
  }

  /** `reference` of the latest execution. */
  get reference(): string {
    return this.runs.at(-1)!.reference;
  }

  pay(key: string, { user, json = { amount: 1 }, headers }: TillRequest = {}): Promise<Answer> {
    return send(`${this.app.url}/till`, {
      key,
      json,
      headers: { ...(user && { 'x-buyer': user }), ...headers },
    });
  }

  /** The same; nothing when the connection breaks. */
  payOrBreak(key: string): Promise<Answer | undefined> {
    return this.pay(key).catch(() => undefined);
  }

  /** A request of a client that leaves when told, on a connection of its own. */
  payAndLeave(key: string): { leave(): void } {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const client = request(`${this.app.url}/till`, { method: 'POST', agent: false, headers });
    client.on('error', () => undefined);
    client.end(JSON.stringify({ amount: 1 }));
    return { leave: () => void client.destroy() };
  }

  /** Leaves a key uncertain, by a handler that fails, and gives its reference. */
  async leaveUncertain(key: string, user?: string): Promise<string> {
    const { work } = this;
    this.work = () => {
      throw new BadGatewayException();
    };
    const { status } = await this.pay(key, { ...(user && { user }) });
    if (status !== 502) throw new Error(`The till was asked to fail and answered ${status}.`);
    this.work = work;
    return this.reference;
  }

  /** Has a request run until `end` is called. */
  async keepRunning(key: string, user?: string): Promise<{ end(): Promise<Answer> }> {
    const gate = new Gate();
    const { work } = this;
    this.work = () => gate.pass();
    const answer = this.pay(key, { ...(user && { user }) });
    await gate.reached;
    this.work = work;
    return { end: () => (gate.open(), answer) };
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

const userOf = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers['x-buyer'];

function controllerOf(till: Till, { route = {}, decorators = [] }: TillOptions) {
  @Controller('till')
  class TillController {
    constructor(private readonly idempotency: IdempotencyContext) {}

    @Post()
    @Idempotent(route)
    @applyDecorators(...decorators)
    pay(@Body() _body: unknown) {
      const { attempt = 0, reference = '' } = this.idempotency;
      const run = {
        run: till.runs.length + 1,
        attempt,
        reference,
        notApplied: () => this.idempotency.notApplied(),
      };
      till.runs.push(run);
      return till.work(run);
    }
  }
  return TillController;
}

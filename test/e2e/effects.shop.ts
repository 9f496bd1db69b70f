// A shop whose handler takes four steps at services downstream, and can be made to fail at any of them.
import { Controller, HttpException, Injectable, Param, Post } from '@nestjs/common';
import {
  IdempotencyContext,
  IdempotencyService,
  Idempotent,
  MemoryStore,
  type EffectRetry,
  type IdempotencyEvent,
  type IdempotencyStore,
  type IdempotentOptions,
} from 'nestjs-idempotency';
import { FakeClock, FaultyStore } from 'nestjs-idempotency/testing';
import { createApp, send, type Answer, type Platform, type TestApp } from '../support/create-app.js';

export const STEPS = ['reserve', 'charge', 'write', 'mail'] as const;
export type Step = (typeof STEPS)[number];

/** Services downstream: they do a thing once for each key, and tell what came of it. */
export class Downstream {
  readonly asked: { readonly step: string; readonly key: string }[] = [];
  private readonly done = new Map<string, { id: string; at: Date }>();

  ask(step: string, key: string): { id: string; at: Date } {
    this.asked.push({ step, key });
    const known = this.done.get(key);
    if (known) return known;
    const result = { id: `${step}-${this.done.size + 1}`, at: new Date(this.done.size) };
    this.done.set(key, result);
    return result;
  }

  keysOf(step: string): string[] {
    return this.asked.flatMap((each) => (each.step === step ? [each.key] : []));
  }
}

export interface ShopOptions {
  readonly route?: IdempotentOptions;
  /** @default a MemoryStore on the shop's clock */
  readonly store?: IdempotencyStore;
  readonly secret?: string | readonly string[];
}

export class Shop {
  readonly clock = new FakeClock();
  readonly downstream = new Downstream();
  readonly events: IdempotencyEvent[] = [];
  store!: FaultyStore;
  app!: TestApp;
  retry: EffectRetry = 'same-key';
  /** Called before each step, and after it inside of the effect. */
  at: (place: string) => unknown = () => undefined;
  /** Instead of the four steps. */
  work: ((idempotency: IdempotencyContext) => Promise<unknown>) | undefined;

  static async open(platform: Platform, options: ShopOptions = {}): Promise<Shop> {
    const shop = new Shop();
    shop.store = new FaultyStore(options.store ?? new MemoryStore({ clock: shop.clock.now }));
    shop.app = await createApp(platform, {
      ...partsOf(shop, options.route),
      idempotency: {
        store: shop.store,
        onEvent: (event) => shop.events.push(event),
        ...(options.secret !== undefined && { secret: options.secret as string }),
      },
    });
    return shop;
  }

  get service(): IdempotencyService {
    return this.app.app.get(IdempotencyService);
  }

  get outcomes(): string[] {
    return this.events.flatMap((event) => (event.kind === 'outcome' ? [event.outcome] : []));
  }

  get incidents(): string[] {
    return this.events.flatMap((event) => (event.kind === 'incident' ? [event.incident] : []));
  }

  order(key?: string, path = 'orders'): Promise<Answer> {
    return send(`${this.app.url}/${path}`, key === undefined ? {} : { key });
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

export const failing = (status = 500) => {
  throw new HttpException('no', status);
};

function partsOf(shop: Shop, route: IdempotentOptions = {}) {
  /** A provider that knows nothing of the request. */
  @Injectable()
  class Steps {
    constructor(private readonly idempotency: IdempotencyContext) {}

    take(step: Step) {
      const work = async ({ key }: { key: string }) => {
        await Promise.resolve();
        const result = shop.downstream.ask(step, key);
        await shop.at(`in ${step}`);
        return result;
      };
      return this.idempotency.effect(step, work, { retry: shop.retry });
    }

    async all() {
      const results: Record<string, unknown> = {};
      for (const step of STEPS) {
        await shop.at(`before ${step}`);
        results[step] = await this.take(step);
      }
      await shop.at('at the end');
      return results;
    }
  }

  @Controller()
  class OrdersController {
    constructor(
      private readonly steps: Steps,
      private readonly idempotency: IdempotencyContext,
    ) {}

    @Post('orders')
    @Idempotent(route)
    create() {
      return shop.work ? shop.work(this.idempotency) : this.steps.all();
    }

    @Post('plain')
    plain() {
      return this.steps.all();
    }

    @Post('lax/:id')
    @Idempotent({ required: false, onStoreError: 'proceed' })
    lax(@Param('id') id: string) {
      return this.idempotency.effect('charge', ({ key, attempt }) => ({ id, key, attempt }));
    }
  }
  return { controllers: [OrdersController], providers: [Steps] };
}

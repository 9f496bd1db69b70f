// Who is measured. Each makes the metadata of a root module with `POST /orders`, and `POST /optional`, which can do
// without a key; perhaps also the `store`, and how to `configure` middleware.
import { Controller } from '@nestjs/common';
import { ordersController } from '../orders.mjs';

function orders(route, ...decorators) {
  const controller = ordersController(...decorators);
  Controller(route)(controller);
  return controller;
}

const plain = () => [orders('orders'), orders('optional')];

/** A busy machine may stop a server for longer than the second that a store has by default: that is no 503 here. */
const storeTimeout = 30_000;

async function protectedBy(store, { options }, more) {
  const { IdempotencyModule, Idempotent } = await import('nestjs-idempotency');
  return {
    store,
    imports: [IdempotencyModule.forRoot({ store, storeTimeout, ...more })],
    controllers: [
      orders('orders', Idempotent(options)),
      orders('optional', Idempotent({ ...options, required: false })),
    ],
  };
}

async function many(kind) {
  const { manyRoutes } = await import('./many-routes.mjs');
  return manyRoutes(kind);
}

const APPLICATIONS = {
  /** Nest alone. */
  bare: () => ({ controllers: plain() }),

  /** The library is at work on another route; those that are measured are not decorated. */
  async undecorated() {
    const { IdempotencyModule, Idempotent } = await import('nestjs-idempotency');
    const { memory } = await import('./stores.mjs');
    const store = await memory();
    return {
      imports: [IdempotencyModule.forRoot({ store })],
      controllers: [...plain(), orders('payments', Idempotent())],
    };
  },

  /** Nest with what any interceptor is made of that waits for something, and tells handlers who called: no more than that. */
  async interceptor() {
    const { waiting } = await import('./waiting-interceptor.mjs');
    return { controllers: [orders('orders', waiting), orders('optional', waiting)] };
  },

  /** On Redis, with finished records in the memory of the server, too. */
  async redisReplayCache(spec) {
    const { redis } = await import('./stores.mjs');
    return protectedBy(await redis(spec), spec, { replayCache: true });
  },

  async limit({ redisUrl }) {
    const { limitBy } = await import('./limit.mjs');
    const controllers = plain();
    return {
      controllers,
      configure: (consumer) => consumer.apply(limitBy(redisUrl)).forRoutes(...controllers),
    };
  },

  /** 500 routes; for how long it takes to start. */
  manyBare: () => many('nothing'),
  manyUndecorated: () => many('module'),
  manyDecorated: () => many('decorated'),

  /** The package @node-idempotency/nestjs with its adapter for Redis. */
  async 'node-idempotency'({ redisUrl }) {
    const { NodeIdempotencyModule } = await import('@node-idempotency/nestjs');
    const { Idempotent } = await import('@node-idempotency/nestjs');
    const storage = { adapter: 'redis', options: { url: redisUrl } };
    return {
      imports: [NodeIdempotencyModule.forRootAsync({ storage, cacheTTLMS: 86_400_000 })],
      controllers: [orders('orders', Idempotent()), orders('optional', Idempotent())],
    };
  },
};

/** `spec.application` is one of those above, or the name of a store: this library on it. */
export async function applicationOf(spec) {
  const make = APPLICATIONS[spec.application];
  if (make) return make(spec);
  const stores = await import('./stores.mjs');
  return protectedBy(await stores[spec.application](spec), spec);
}

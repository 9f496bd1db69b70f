// Who is measured. Each makes the metadata of a root module with `POST /orders`.
import { Controller, UseInterceptors } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Idempotent, IdempotencyModule, MemoryStore } from 'nestjs-idempotency';
import { RedisStore } from 'nestjs-idempotency/redis';
import { ordersController } from '../orders.mjs';
import { LimitInterceptor } from './limit.mjs';

// The default bound of 10 000 records is passed within seconds here.
const memoryStore = () => new MemoryStore({ maxRecords: 10_000_000 });

function orders(...decorators) {
  const controller = ordersController(...decorators);
  Controller('orders')(controller);
  return controller;
}

function protectedBy(store) {
  return { imports: [IdempotencyModule.forRoot({ store })], controllers: [orders(Idempotent())] };
}

/** By name; each takes the URL of a Redis server. The orders' controller comes first. */
export const CANDIDATES = {
  /** Nest alone. */
  bare: () => ({ controllers: [orders()] }),
  /** The library is at work on another route; the one that is measured is not decorated. */
  imported: () => {
    const payments = ordersController(Idempotent());
    Controller('payments')(payments);
    return {
      imports: [IdempotencyModule.forRoot({ store: memoryStore() })],
      controllers: [orders(), payments],
    };
  },
  memory: () => protectedBy(memoryStore()),
  redis: (url) => protectedBy(new RedisStore({ client: new Redis(url) })),
  limit: (url) => ({ controllers: [orders(UseInterceptors(new LimitInterceptor(new Redis(url))))] }),
};

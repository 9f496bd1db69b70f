import { Controller, Post } from '@nestjs/common';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { Idempotent, MemoryStore, type IdempotencyStore } from 'nestjs-idempotency';
import { CacheManagerStore } from 'nestjs-idempotency/cache-manager';
import { RedisStore } from 'nestjs-idempotency/redis';
import { createApp, PLATFORMS, send } from '../support/create-app.js';
import { openPlace } from '../support/postgres-store.js';
import { cacheKinds } from '../support/redis-caches.js';
import { sqliteFile } from '../support/sqlite-store.js';

interface Opened {
  readonly store: IdempotencyStore;
  readonly close: () => unknown;
}

const redisPort = () => Number(process.env.TEST_REDIS_PORT);

const STORES: Record<string, () => Promise<Opened>> = {
  memory: async () => ({ store: new MemoryStore(), close: () => undefined }),
  redis: async () => {
    const client = new Redis(redisPort());
    const store = new RedisStore({ client, prefix: `${randomUUID()}:` });
    return { store, close: () => client.disconnect() };
  },
  'cache-manager': async () => {
    const { cache, close } = await cacheKinds[0]!.open(redisPort());
    return { store: new CacheManagerStore(cache, { prefix: `${randomUUID()}:` }), close };
  },
  sqlite: async () => {
    const file = sqliteFile();
    return { store: file.store({ migrate: true }), close: () => file.remove() };
  },
  postgres: async () => {
    const place = await openPlace();
    return { store: place.store(), close: () => place.close() };
  },
};

let runs = 0;

@Controller('orders')
class OrdersController {
  @Post()
  @Idempotent()
  create() {
    return { run: ++runs };
  }
}

const CASES = PLATFORMS.flatMap((platform) => Object.keys(STORES).map((name) => [platform, name] as const));

describe.each(CASES)('replayCache on %s with the store %s', (platform, name) => {
  it('asks for an answer that another process has recorded once, and never for its own', async () => {
    const { store, close } = await STORES[name]!();
    const acquire = jest.spyOn(store, 'acquire');
    const idempotency = { store, replayCache: true };
    const [one, other] = [
      await createApp(platform, { controllers: [OrdersController], idempotency }),
      await createApp(platform, { controllers: [OrdersController], idempotency }),
    ];
    const first = await send(`${one.url}/orders`, { key: 'key', json: {} });
    expect(first).toMatchObject({ status: 201, replayed: false });
    expect(acquire).toHaveBeenCalledTimes(1);
    for (const app of [one, one, other, other, other]) {
      const retry = await send(`${app.url}/orders`, { key: 'key', json: {} });
      expect(retry).toMatchObject({ status: 201, text: first.text, replayed: true });
    }
    expect(acquire).toHaveBeenCalledTimes(2);
    await one.close();
    await other.close();
    await close();
  });
});

import type { INestApplication, LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../sample/app.module.js';
import { shopConfig, type ShopConfig } from '../../sample/config/shop.config.js';
import { httpAdapter } from '../../sample/http-adapter.js';
import { startRedis } from '../support/redis-server.mjs';

/** Every platform with every store. */
export const SHOPS = (['express', 'fastify'] as const).flatMap((adapter) =>
  (['memory', 'redis', 'cache-manager'] as const).map((store) => ({ adapter, store })),
);

export interface Shop {
  readonly url: string;
  /** What the application logged, line by line. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** The sample in this process, listening on a free port, with a Redis of its own if it needs one. */
export async function startShop(config: Omit<ShopConfig, 'port' | 'redisUrl'>): Promise<Shop> {
  const redis = config.store === 'memory' ? undefined : await startRedis();
  const log: string[] = [];
  const app = await createApp({ ...config, port: 0, redisUrl: redis?.url }, log);
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    log,
    async stop() {
      await app.close();
      await redis?.stop();
    },
  };
}

async function createApp(config: ShopConfig, log: string[]): Promise<INestApplication> {
  const write = (message: unknown) => void log.push(String(message));
  const logger: LoggerService = { log: write, warn: write, error: write };
  const shop = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(shopConfig.KEY)
    .useValue(config)
    .setLogger(logger)
    .compile();
  return shop.createNestApplication(httpAdapter(config.adapter));
}

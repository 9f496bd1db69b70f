import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../sample/app.module.js';
import { shopConfig, type ShopConfig } from '../../sample/config/shop.config.js';
import { httpAdapter } from '../../sample/http-adapter.js';
import { migratePostgres } from '../../sample/storage/migrate-postgres.js';
import { startRedis } from '../support/redis-server.mjs';
import { createDatabase, type Database } from './sample.database.js';

/** Every platform with every store. */
export const SHOPS = (['express', 'fastify'] as const).flatMap((adapter) =>
  (['memory', 'sqlite', 'redis', 'cache-manager', 'postgres'] as const).map((store) => ({ adapter, store })),
);

export interface Shop {
  readonly url: string;
  /** What the application logged, line by line. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** The sample in this process, listening on a free port, with a Redis, a database or a directory of its own if it needs one. */
export async function startShop(
  config: Omit<ShopConfig, 'port' | 'redisUrl' | 'databaseUrl' | 'dataDir'>,
): Promise<Shop> {
  const onRedis = config.store === 'redis' || config.store === 'cache-manager';
  const redis = onRedis ? await startRedis() : undefined;
  const database = config.store === 'postgres' ? await migratedDatabase() : undefined;
  const dataDir = config.store === 'sqlite' ? mkdtempSync(join(tmpdir(), 'idempotency-shop-')) : undefined;
  const log: string[] = [];
  const app = await createApp(
    { ...config, port: 0, redisUrl: redis?.url, databaseUrl: database?.url, dataDir },
    log,
  );
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    log,
    async stop() {
      await app.close();
      await redis?.stop();
      await database?.drop();
      if (dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function migratedDatabase(): Promise<Database> {
  const database = await createDatabase();
  await migratePostgres(database.url);
  return database;
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

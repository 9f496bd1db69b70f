import { randomBytes } from 'node:crypto';
import { Logger, type FactoryProvider } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { PostgresConnection } from '../storage/postgres.connection.js';
import { RedisConnection } from '../storage/redis.connection.js';
import type { ShopDatabase } from '../storage/shop-database.js';
import type { ShopFile } from '../storage/shop-file.js';
import { shopKey } from '../storage/shop-key.js';
import { SqliteConnection } from '../storage/sqlite.connection.js';

/** Token of the secret that signs sessions; the same in every process of the shop, and after a restart. */
export const SHOP_SECRET = Symbol('SHOP_SECRET');

export const shopSecretProvider: FactoryProvider<string> = {
  provide: SHOP_SECRET,
  inject: [shopConfig.KEY, RedisConnection, PostgresConnection, SqliteConnection],
  useFactory: async (
    config: ShopConfig,
    { client }: RedisConnection,
    { shop: database }: PostgresConnection,
    { shop: file }: SqliteConnection,
  ) => {
    if (config.jwtSecret) return config.jwtSecret;
    const random = randomBytes(32).toString('base64url');
    if (client) return agreeOn(client, random);
    if (database) return keepInDatabase(database, random);
    if (file) return keepInFile(file, random);
    new Logger('Sessions').warn('JWT_SECRET is not set: sessions end with this process.');
    return random;
  },
};

/** Of several processes that start at once, the first one's secret becomes everybody's. */
async function agreeOn(client: Redis, candidate: string): Promise<string> {
  await client.set(shopKey('secret'), candidate, 'NX');
  const agreed = await client.get(shopKey('secret'));
  if (!agreed) throw new Error('The shop could not keep its secret in Redis. Set JWT_SECRET.');
  return agreed;
}

/** Sessions and fingerprints outlive the process, so their secret has to. */
function keepInFile(file: ShopFile, candidate: string): string {
  file.define(
    'CREATE TABLE IF NOT EXISTS secret (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL)',
  );
  const [row] = file.rows<{ value: string }>(
    `INSERT INTO secret (one, value) VALUES (1, ?)
     ON CONFLICT (one) DO UPDATE SET value = value RETURNING value`,
    candidate,
  );
  return row?.value ?? candidate;
}

async function keepInDatabase(database: ShopDatabase, candidate: string): Promise<string> {
  const [row] = await database.rows<{ value: string }>(
    `INSERT INTO shop.secret AS kept (one, value) VALUES (1, $1)
     ON CONFLICT (one) DO UPDATE SET value = kept.value RETURNING value`,
    candidate,
  );
  return row?.value ?? candidate;
}

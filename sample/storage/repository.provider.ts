import type { Abstract, FactoryProvider } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { PostgresConnection } from './postgres.connection.js';
import { RedisConnection } from './redis.connection.js';
import type { ShopDatabase } from './shop-database.js';
import type { ShopFile } from './shop-file.js';
import { SqliteConnection } from './sqlite.connection.js';

/** The same contract, kept in different places. */
interface Kept<T> {
  readonly memory: new () => T;
  readonly sqlite: new (file: ShopFile) => T;
  readonly redis: new (client: Redis) => T;
  readonly postgres: new (database: ShopDatabase) => T;
}

/** Provides `contract` from wherever the shop keeps things, so that all its processes see the same. */
export function repositoryProvider<T>(
  contract: Abstract<T>,
  { memory, sqlite, redis, postgres }: Kept<T>,
): FactoryProvider<T> {
  return {
    provide: contract,
    inject: [RedisConnection, PostgresConnection, SqliteConnection],
    useFactory: (
      { client }: RedisConnection,
      { shop: database }: PostgresConnection,
      { shop: file }: SqliteConnection,
    ) => {
      if (client) return new redis(client);
      if (database) return new postgres(database);
      return file ? new sqlite(file) : new memory();
    },
  };
}

import type { Abstract, FactoryProvider } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisConnection } from './redis.connection.js';
import type { ShopFile } from './shop-file.js';
import { SqliteConnection } from './sqlite.connection.js';

/** The same contract, kept in different places. */
interface Kept<T> {
  readonly memory: new () => T;
  readonly sqlite: new (file: ShopFile) => T;
  readonly redis: new (client: Redis) => T;
}

/** Provides `contract` from Redis or the file, when the shop has one, so that all its processes see the same. */
export function repositoryProvider<T>(
  contract: Abstract<T>,
  { memory, sqlite, redis }: Kept<T>,
): FactoryProvider<T> {
  return {
    provide: contract,
    inject: [RedisConnection, SqliteConnection],
    useFactory: ({ client }: RedisConnection, { shop }: SqliteConnection) => {
      if (client) return new redis(client);
      return shop ? new sqlite(shop) : new memory();
    },
  };
}

import { Global, Module } from '@nestjs/common';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { PostgresConnection } from './postgres.connection.js';
import { RedisConnection } from './redis.connection.js';
import { SqliteConnection } from './sqlite.connection.js';

@Global()
@Module({
  providers: [
    RedisConnection,
    {
      provide: PostgresConnection,
      inject: [shopConfig.KEY],
      useFactory: ({ databaseUrl }: ShopConfig) => PostgresConnection.open(databaseUrl),
    },
    {
      provide: SqliteConnection,
      inject: [shopConfig.KEY],
      useFactory: ({ store, dataDir }: ShopConfig) =>
        SqliteConnection.open(store === 'sqlite' ? dataDir : undefined),
    },
  ],
  exports: [RedisConnection, PostgresConnection, SqliteConnection],
})
export class StorageModule {}

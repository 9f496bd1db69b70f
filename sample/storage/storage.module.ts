import { Global, Module } from '@nestjs/common';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { RedisConnection } from './redis.connection.js';
import { SqliteConnection } from './sqlite.connection.js';

@Global()
@Module({
  providers: [
    RedisConnection,
    {
      provide: SqliteConnection,
      inject: [shopConfig.KEY],
      useFactory: ({ store, dataDir }: ShopConfig) =>
        SqliteConnection.open(store === 'sqlite' ? dataDir : undefined),
    },
  ],
  exports: [RedisConnection, SqliteConnection],
})
export class StorageModule {}

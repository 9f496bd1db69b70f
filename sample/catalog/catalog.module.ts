import { Module } from '@nestjs/common';
import { repositoryProvider } from '../storage/repository.provider.js';
import { MemoryStock } from './memory.stock.js';
import { PostgresStock } from './postgres.stock.js';
import { ProductsController } from './products.controller.js';
import { RedisStock } from './redis.stock.js';
import { Stock } from './stock.js';
import { SqliteStock } from './sqlite.stock.js';

@Module({
  controllers: [ProductsController],
  providers: [
    repositoryProvider(Stock, {
      memory: MemoryStock,
      sqlite: SqliteStock,
      redis: RedisStock,
      postgres: PostgresStock,
    }),
  ],
  exports: [Stock],
})
export class CatalogModule {}

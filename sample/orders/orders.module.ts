import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { StableIdsModule } from '../idempotency/stable-ids.module.js';
import { repositoryProvider } from '../storage/repository.provider.js';
import { MemoryOrderRepository } from './memory.order.repository.js';
import { OrderRepository } from './order.repository.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';
import { PostgresOrderRepository } from './postgres.order.repository.js';
import { RedisOrderRepository } from './redis.order.repository.js';
import { SqliteOrderRepository } from './sqlite.order.repository.js';

@Module({
  imports: [CatalogModule, StableIdsModule],
  controllers: [OrdersController],
  providers: [
    OrdersService,
    repositoryProvider(OrderRepository, {
      memory: MemoryOrderRepository,
      sqlite: SqliteOrderRepository,
      redis: RedisOrderRepository,
      postgres: PostgresOrderRepository,
    }),
  ],
  exports: [OrdersService, OrderRepository],
})
export class OrdersModule {}

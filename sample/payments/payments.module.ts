import { Module } from '@nestjs/common';
import { StableIdsModule } from '../idempotency/stable-ids.module.js';
import { MailsModule } from '../mails/mails.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { repositoryProvider } from '../storage/repository.provider.js';
import { ChargeRepository } from './charge.repository.js';
import { MemoryChargeRepository } from './memory.charge.repository.js';
import { PaymentProvider } from './payment.provider.js';
import { PaymentsController } from './payments.controller.js';
import { PaymentsService } from './payments.service.js';
import { PostgresChargeRepository } from './postgres.charge.repository.js';
import { RedisChargeRepository } from './redis.charge.repository.js';
import { RefundsService } from './refunds.service.js';
import { SqliteChargeRepository } from './sqlite.charge.repository.js';

@Module({
  imports: [OrdersModule, MailsModule, StableIdsModule],
  controllers: [PaymentsController],
  providers: [
    PaymentsService,
    RefundsService,
    PaymentProvider,
    repositoryProvider(ChargeRepository, {
      memory: MemoryChargeRepository,
      sqlite: SqliteChargeRepository,
      redis: RedisChargeRepository,
      postgres: PostgresChargeRepository,
    }),
  ],
})
export class PaymentsModule {}

import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { repositoryProvider } from '../storage/repository.provider.js';
import { InvoiceNumbers } from './invoice-numbers.js';
import { InvoicesController } from './invoices.controller.js';
import { MemoryInvoiceNumbers } from './memory.invoice-numbers.js';
import { PostgresInvoiceNumbers } from './postgres.invoice-numbers.js';
import { RedisInvoiceNumbers } from './redis.invoice-numbers.js';
import { SqliteInvoiceNumbers } from './sqlite.invoice-numbers.js';

@Module({
  imports: [OrdersModule],
  controllers: [InvoicesController],
  providers: [
    repositoryProvider(InvoiceNumbers, {
      memory: MemoryInvoiceNumbers,
      sqlite: SqliteInvoiceNumbers,
      redis: RedisInvoiceNumbers,
      postgres: PostgresInvoiceNumbers,
    }),
  ],
})
export class InvoicesModule {}

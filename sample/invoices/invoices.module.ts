import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { repositoryProvider } from '../storage/repository.provider.js';
import { InvoiceNumbers } from './invoice-numbers.js';
import { InvoicesController } from './invoices.controller.js';
import { MemoryInvoiceNumbers } from './memory.invoice-numbers.js';
import { RedisInvoiceNumbers } from './redis.invoice-numbers.js';

@Module({
  imports: [OrdersModule],
  controllers: [InvoicesController],
  providers: [repositoryProvider(InvoiceNumbers, MemoryInvoiceNumbers, RedisInvoiceNumbers)],
})
export class InvoicesModule {}

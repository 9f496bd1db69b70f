import { Controller, Param, Post, StreamableFile } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { User } from '../auth/user.js';
import { OrdersService } from '../orders/orders.service.js';
import { InvoiceNumbers } from './invoice-numbers.js';
import { drawInvoice } from './invoice.pdf.js';

@Controller('orders/:id/invoice')
export class InvoicesController {
  constructor(
    private readonly orders: OrdersService,
    private readonly numbers: InvoiceNumbers,
  ) {}

  /** Drawing takes a while, and who clicks twice wants the file, not a 409: duplicates wait for the first one. */
  @Post()
  @Idempotent({ wait: true })
  async create(@CurrentUser() user: User, @Param('id') orderId: string): Promise<StreamableFile> {
    const order = await this.orders.get(user, orderId);
    const number = `INV-${String(await this.numbers.next()).padStart(6, '0')}`;
    return new StreamableFile(drawInvoice(number, order), {
      type: 'application/pdf',
      disposition: `attachment; filename="${number}.pdf"`,
    });
  }
}

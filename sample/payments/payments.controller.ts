import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { User } from '../auth/user.js';
import type { Charge, Refund } from './charge.js';
import { CreatePaymentDto } from './dto/create-payment.dto.js';
import { CreateRefundDto } from './dto/create-refund.dto.js';
import { PaymentsService } from './payments.service.js';
import { RefundsService } from './refunds.service.js';

@Controller()
export class PaymentsController {
  constructor(
    private readonly payments: PaymentsService,
    private readonly refunds: RefundsService,
  ) {}

  /** Money is taken by others, and no rollback takes that back: every step is an effect of its own. */
  @Post('orders/:id/payments')
  @Idempotent({ guarantee: 'at-least-once' })
  pay(
    @CurrentUser() user: User,
    @Param('id') orderId: string,
    @Body() body: CreatePaymentDto,
  ): Promise<Charge> {
    return this.payments.pay(user, orderId, body);
  }

  @Post('orders/:id/refunds')
  @Idempotent({ guarantee: 'at-least-once' })
  refund(
    @CurrentUser() user: User,
    @Param('id') orderId: string,
    @Body() body: CreateRefundDto,
  ): Promise<Refund> {
    return this.refunds.refund(user, orderId, body.amount);
  }

  @Get('payments')
  list(@CurrentUser() user: User): Promise<Charge[]> {
    return this.payments.list(user);
  }
}

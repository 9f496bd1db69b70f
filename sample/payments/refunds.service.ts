import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import { StableIds } from '../idempotency/stable-ids.js';
import { OrderRepository } from '../orders/order.repository.js';
import { OrdersService } from '../orders/orders.service.js';
import type { Refund } from './charge.js';
import { PaymentProvider } from './payment.provider.js';
import { OrderNotPaidError } from './payments.errors.js';

@Injectable()
export class RefundsService {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrderRepository,
    private readonly provider: PaymentProvider,
    private readonly ids: StableIds,
  ) {}

  async refund(user: User, orderId: string, amount: number): Promise<Refund> {
    const { status, chargeId, currency } = await this.orders.get(user, orderId);
    if (status === 'pending' || !chargeId) throw new OrderNotPaidError();
    const id = await this.ids.create('re', user.id, orderId, amount);
    const refund = await this.provider.refund({ id, chargeId, orderId, amount, currency });
    const charge = await this.provider.find(chargeId);
    await this.repository.advance(orderId, charge?.status === 'refunded' ? 'refunded' : 'partially_refunded');
    return refund;
  }
}

import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import { StableIds } from '../idempotency/stable-ids.js';
import type { StoredOrder } from '../orders/order.js';
import { OrderRepository } from '../orders/order.repository.js';
import { OrdersService } from '../orders/orders.service.js';
import type { Charge } from './charge.js';
import type { CreatePaymentDto } from './dto/create-payment.dto.js';
import { PaymentProvider } from './payment.provider.js';
import { CardDeclinedError, OrderAlreadyPaidError, WrongPaymentError } from './payments.errors.js';

@Injectable()
export class PaymentsService {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrderRepository,
    private readonly provider: PaymentProvider,
    private readonly ids: StableIds,
  ) {}

  /**
   * Takes the money for an order, once: two requests with different keys cannot both claim the order, and a
   * second attempt of one request comes with the charge id of its first.
   */
  async pay(user: User, orderId: string, { amount, currency, card }: CreatePaymentDto): Promise<Charge> {
    const order = await this.orders.get(user, orderId);
    if (amount !== order.total || currency !== order.currency) throw new WrongPaymentError();
    const id = await this.ids.create('ch', user.id, orderId, amount, currency);
    if (!(await this.repository.claim(orderId, id))) throw new OrderAlreadyPaidError();
    const charge = await this.charge(order, id, card);
    await this.repository.advance(orderId, 'paid');
    return charge;
  }

  list(user: User): Promise<Charge[]> {
    return this.provider.list(user.id);
  }

  /** Only a clear "no" frees the order for another card: after anything else the money may have been taken. */
  private async charge(
    { id: orderId, userId, total, currency }: StoredOrder,
    id: string,
    card: string,
  ): Promise<Charge> {
    try {
      return await this.provider.charge({ id, userId, orderId, amount: total, currency, card });
    } catch (error) {
      if (error instanceof CardDeclinedError) await this.repository.unclaim(orderId, id);
      throw error;
    }
  }
}

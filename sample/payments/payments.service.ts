import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import { StableIds } from '../idempotency/stable-ids.js';
import { Steps } from '../idempotency/steps.js';
import { Mails } from '../mails/mails.js';
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
    private readonly mails: Mails,
    private readonly ids: StableIds,
    private readonly steps: Steps,
  ) {}

  /**
   * Takes the money for an order, once: two requests with different keys cannot both claim the order, and a
   * second attempt of one request comes with the charge id of its first, and goes on at the step that is missing.
   */
  async pay(user: User, orderId: string, { amount, currency, card }: CreatePaymentDto): Promise<Charge> {
    const order = await this.orders.get(user, orderId);
    if (amount !== order.total || currency !== order.currency) throw new WrongPaymentError();
    const id = await this.ids.create('ch', user.id, orderId, amount, currency);
    await this.steps.run('reserve', () => this.reserve(order, id));
    const charge = await this.steps.run('charge', ({ key }) => this.charge(order, id, card, key));
    await this.steps.run('write', () => this.repository.advance(orderId, 'paid'));
    await this.steps.run('mail', ({ key }) =>
      this.mails.send({ to: user.id, subject: `We have your payment for ${orderId}` }, key),
    );
    return charge;
  }

  list(user: User): Promise<Charge[]> {
    return this.provider.list(user.id);
  }

  /** The order is for this charge alone from here on, and has its pieces. */
  private async reserve(order: StoredOrder, chargeId: string): Promise<void> {
    await this.orders.reserve(order.id, order.items);
    if (!(await this.repository.claim(order.id, chargeId))) throw new OrderAlreadyPaidError();
  }

  /** Only a clear "no" frees the order for another card: after anything else the money may have been taken. */
  private async charge(
    { id: orderId, userId, total, currency }: StoredOrder,
    id: string,
    card: string,
    idempotencyKey: string,
  ): Promise<Charge> {
    try {
      const request = { id, userId, orderId, amount: total, currency, card };
      return await this.provider.charge(request, idempotencyKey);
    } catch (error) {
      if (error instanceof CardDeclinedError) await this.repository.unclaim(orderId, id);
      throw error;
    }
  }
}

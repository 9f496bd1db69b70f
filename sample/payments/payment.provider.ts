import { Injectable } from '@nestjs/common';
import type { Charge, Refund } from './charge.js';
import { ChargeRepository } from './charge.repository.js';
import { CardDeclinedError, RefundTooLargeError } from './payments.errors.js';

const DECLINED_CARD = '4000000000000002';

export interface ChargeRequest {
  /** Made by the shop. */
  readonly id: string;
  readonly userId: string;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly card: string;
}

export type RefundRequest = Pick<Refund, 'id' | 'chargeId' | 'orderId' | 'amount' | 'currency'>;

/** Stands in for a company that takes money. */
@Injectable()
export class PaymentProvider {
  constructor(private readonly charges: ChargeRepository) {}

  /** Charging an order twice with one key takes the money once, as real providers promise. */
  async charge({ userId, card, ...request }: ChargeRequest, idempotencyKey: string): Promise<Charge> {
    if (card === DECLINED_CARD) throw new CardDeclinedError();
    const charge: Charge = { ...request, status: 'succeeded', createdAt: new Date().toISOString() };
    return this.charges.insert(userId, charge, idempotencyKey);
  }

  async refund(request: RefundRequest): Promise<Refund> {
    const refund = await this.charges.refund({
      ...request,
      status: 'succeeded',
      createdAt: new Date().toISOString(),
    });
    if (!refund) throw new RefundTooLargeError();
    return refund;
  }

  find(chargeId: string): Promise<Charge | undefined> {
    return this.charges.find(chargeId);
  }

  list(userId: string): Promise<Charge[]> {
    return this.charges.list(userId);
  }
}

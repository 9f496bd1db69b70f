import { DomainError } from '../errors/domain.error.js';

export class CardDeclinedError extends DomainError {
  constructor() {
    super('CARD_DECLINED', 'The card was declined. Pay with another card, and a new idempotency key.');
  }
}

export class WrongPaymentError extends DomainError {
  constructor() {
    super('WRONG_PAYMENT', 'Amount and currency must be those of the order.');
  }
}

export class OrderAlreadyPaidError extends DomainError {
  constructor() {
    super('ORDER_ALREADY_PAID', 'The order is paid, or is being paid by another request.');
  }
}

export class OrderNotPaidError extends DomainError {
  constructor() {
    super('ORDER_NOT_PAID', 'Only a paid order can be refunded.');
  }
}

export class RefundTooLargeError extends DomainError {
  constructor() {
    super('REFUND_TOO_LARGE', 'All refunds together cannot be more than what was paid.');
  }
}

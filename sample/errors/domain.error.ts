/** The shop says no. Knows nothing of HTTP; the filter gives it a status by its code. */
export class DomainError extends Error {
  constructor(
    readonly code: DomainErrorCode,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

export type DomainErrorCode =
  | 'ORDER_NOT_FOUND'
  | 'UNKNOWN_PRODUCT'
  | 'OUT_OF_STOCK'
  | 'WRONG_PAYMENT'
  | 'ORDER_ALREADY_PAID'
  | 'ORDER_NOT_PAID'
  | 'CARD_DECLINED'
  | 'REFUND_TOO_LARGE';

import { DomainError } from '../errors/domain.error.js';

/** Also for somebody else's order: who may not see it does not learn that it exists. */
export class OrderNotFoundError extends DomainError {
  constructor() {
    super('ORDER_NOT_FOUND', 'You have no such order.');
  }
}

export class UnknownProductError extends DomainError {
  constructor() {
    super('UNKNOWN_PRODUCT', 'The shop does not sell one of these products. See GET /products.');
  }
}

export class OutOfStockError extends DomainError {
  constructor(sku: string) {
    super('OUT_OF_STOCK', `There are not enough pieces of "${sku}". See GET /products.`);
  }
}

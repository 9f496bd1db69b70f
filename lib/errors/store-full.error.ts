import { IdempotencyStoreError } from './store.error.js';

/** A bounded store holds as many live records as it may, and takes no new key until some expire. */
export class StoreFullError extends IdempotencyStoreError {
  constructor(message: string, options?: ErrorOptions) {
    super('STORE_FULL', message, options);
  }
}

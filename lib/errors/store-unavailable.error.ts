import { IdempotencyStoreError } from './store.error.js';

/** The store did not answer, or not in time, or refused. `cause` is what it said. */
export class StoreUnavailableError extends IdempotencyStoreError {
  constructor(message: string, options?: ErrorOptions) {
    super('STORE_UNAVAILABLE', message, options);
  }
}

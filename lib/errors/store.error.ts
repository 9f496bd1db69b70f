import { IdempotencyErrorCode } from './error-codes.js';
import { IDEMPOTENCY_ERROR } from './is-idempotency-error.js';

type StoreErrorCode = 'STORE_UNAVAILABLE' | 'STORE_FULL' | 'RECORD_UNREADABLE';

/** Something between the engine and the store's records went wrong: what is recorded is not known. */
export abstract class IdempotencyStoreError extends Error {
  readonly code: (typeof IdempotencyErrorCode)[StoreErrorCode];

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = IdempotencyErrorCode[code];
  }

  get [IDEMPOTENCY_ERROR](): true {
    return true;
  }
}

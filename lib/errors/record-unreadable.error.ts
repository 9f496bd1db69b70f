import { IdempotencyStoreError } from './store.error.js';

/** A record is corrupt, or of a format this version does not know. Never treated as absent: that could run twice. */
export class RecordUnreadableError extends IdempotencyStoreError {
  constructor(message: string, options?: ErrorOptions) {
    super('RECORD_UNREADABLE', message, options);
  }
}

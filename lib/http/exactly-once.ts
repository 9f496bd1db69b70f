import type { StoreGateway } from '../engine/store-gateway.js';
import type { LeaseRef, RecordDetails, Retention } from '../store/idempotency-store.js';
import type { TransactionRunner } from '../transactions/transaction-runner.js';

/** What `guarantee: 'exactly-once'` needs of the application. */
export interface ExactlyOnce {
  /** Those that handlers run in, or ask for. */
  readonly transactions: TransactionRunner | undefined;
  /** Handlers bring a transaction of their own. */
  readonly isExplicit: boolean;
  /** How often a transaction is run again that lost against another one. */
  readonly retries: number;
  /** As the store's. */
  readonly completeWithin: (
    tx: unknown,
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ) => Promise<'completed' | 'lost'>;
  /** Tells operators that a transaction was not committed. */
  readonly report: (message: string, error: unknown) => void;
  readonly look: (id: string) => Promise<RecordDetails | undefined>;
}

/** With the store's part. It is asked directly: the transaction has its own time. */
export function exactlyOnceOf(
  gateway: StoreGateway,
  setup: Pick<ExactlyOnce, 'transactions' | 'isExplicit' | 'retries' | 'report'>,
): ExactlyOnce {
  return {
    ...setup,
    completeWithin: async (...terms) => gateway.store.completeWithin!(...terms),
    look: (id) => gateway.look(id),
  };
}

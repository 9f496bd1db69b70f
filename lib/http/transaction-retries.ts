import { isSerializationFailure } from '../transactions/serialization-failure.js';
import type { TransactionRunner } from '../transactions/transaction-runner.js';
import { pause } from './pause.js';

/** ms before a transaction is run again: about this, and twice as long every time. */
const FIRST_PAUSE = 10;

/** How often, in one attempt, transactions are run again that lost against others. */
export class TransactionRetries {
  private tries = 0;

  constructor(private readonly limit: number) {}

  /** Resolves after a pause, when there is to be another try. @throws `error` when there is not */
  async after(error: unknown, isWorthIt: boolean): Promise<void> {
    if (!isWorthIt || this.tries >= this.limit) throw error;
    await pause(FIRST_PAUSE * 2 ** this.tries++ * (0.5 + Math.random()));
  }
}

/** Runs `work` in a transaction, and again in another one when that lost, as long as `mayRetry`. */
export async function runRetried<T>(
  transactions: TransactionRunner,
  retries: TransactionRetries,
  mayRetry: () => boolean,
  work: (tx: unknown) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await transactions.run(work);
    } catch (error) {
      await retries.after(error, isSerializationFailure(error) && mayRetry());
    }
  }
}

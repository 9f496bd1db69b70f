import { isSerializationFailure } from '../transactions/serialization-failure.js';
import type { TransactionRunner } from '../transactions/transaction-runner.js';
import type { AttemptTransaction, TransactionEnd, TransactionSave } from './attempt-transaction.js';
import type { HandlerRun } from './handler-run.js';
import { HeldTransaction } from './held-transaction.js';
import type { TransactionRetries } from './transaction-retries.js';

/** The transaction in which a handler runs, and all that is around it. */
export class HandlerTransaction implements AttemptTransaction {
  private held: HeldTransaction | undefined;
  private isClosed = false;

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly retries: TransactionRetries,
    private readonly handler: HandlerRun,
    /** Whether the chain may be run again after one that failed. */
    private readonly mayRetry: () => boolean,
  ) {}

  async run<T>(chain: () => Promise<T>): Promise<T> {
    for (;;) {
      this.held = new HeldTransaction(this.transactions, this.handler);
      try {
        return await this.held.run(chain);
      } catch (error) {
        await this.retries.after(error, this.isWorthAnotherTry(error));
      }
    }
  }

  around(run: () => unknown): () => unknown {
    return run;
  }

  inside<T>(work: () => T): T {
    if (!this.held?.isOpen) throw new Error('The transaction of this attempt is over.');
    return this.held.inside(work);
  }

  get isOver(): boolean {
    return !this.held?.isOpen;
  }

  async commit(save: TransactionSave): Promise<TransactionEnd> {
    return this.held ? this.held.commit(save) : { state: 'rolled-back' };
  }

  async rollback(): Promise<void> {
    this.isClosed = true;
    this.handler.close();
    await this.held?.rollback();
  }

  private isWorthAnotherTry(error: unknown): boolean {
    const { state, error: own } = this.handler;
    // The result of a handler that went well is kept: after a rollback it would be told, and nothing done.
    if (this.isClosed || state === 'running' || state === 'resolved') return false;
    return (
      (isSerializationFailure(error) || (state === 'rejected' && isSerializationFailure(own))) &&
      this.mayRetry()
    );
  }
}

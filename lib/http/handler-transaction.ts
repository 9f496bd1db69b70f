import { isSerializationFailure } from '../transactions/serialization-failure.js';
import type { ExactlyOnce } from './exactly-once.js';
import type { HandlerRun } from './handler-run.js';
import { HeldTransaction, type TransactionEnd, type TransactionSave } from './held-transaction.js';
import { pause } from './pause.js';

/** ms before a transaction is run again: about this, and twice as long every time. */
const FIRST_PAUSE = 10;

/**
 * The transaction in which a handler runs. It stays open when the chain has given its value, until the answer is known;
 * whoever ends the attempt ends it, by `commit` or `rollback`.
 */
export class HandlerTransaction {
  private held: HeldTransaction | undefined;
  private isClosed = false;

  constructor(
    private readonly setup: Pick<ExactlyOnce, 'transactions' | 'retries'>,
    private readonly handler: HandlerRun,
    /** Whether the chain may be run again after one that failed. */
    private readonly mayRetry: () => boolean,
  ) {}

  /**
   * Runs the chain in a transaction, and gives its value while that is held open. One that fails is rolled back first,
   * and run again in another one when it lost against others.
   *
   * @throws Refusal when there is no transaction to be had
   */
  async run<T>(chain: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      this.held = new HeldTransaction(this.setup.transactions, this.handler);
      try {
        return await this.held.run(chain);
      } catch (error) {
        if (tries >= this.setup.retries || !this.isWorthAnotherTry(error)) throw error;
      }
      await pause(FIRST_PAUSE * 2 ** tries * (0.5 + Math.random()));
    }
  }

  /** Runs more in the same transaction. @throws Error when that is over */
  inside<T>(work: () => T): T {
    if (!this.held?.isOpen) throw new Error('The transaction of this attempt is over.');
    return this.held.inside(work);
  }

  /** Still to be ended. */
  get isOpen(): boolean {
    return this.held?.isOpen ?? false;
  }

  /** Runs `save` in the transaction, and has it committed. Never rejects. */
  async commit(save: TransactionSave): Promise<TransactionEnd> {
    return this.held ? this.held.commit(save) : { state: 'rolled-back' };
  }

  /** Resolves when there is no transaction any more. A handler that runs in it ends first. Never rejects. */
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

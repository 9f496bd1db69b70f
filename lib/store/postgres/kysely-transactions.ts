import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import type { TransactionRunner } from '../../transactions/transaction-runner.js';
import { inSavepoint } from './transactions/in-savepoint.js';
import { isIsolation, ISOLATIONS, type Isolation } from './transactions/isolation.js';
import type { KyselyTransactionLike } from './transactions/kysely-client.js';
import { Scopes } from './transactions/scopes.js';
import { transactionClient } from './transactions/transaction-client.js';

/** The part of a Kysely on Postgres that transactions need. */
export interface KyselyLike<Tx extends KyselyTransactionLike> {
  transaction(): {
    setIsolationLevel(level: Isolation): {
      execute<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
    };
  };
}

/** Options of `kyselyTransactions`. */
export interface KyselyTransactionsOptions {
  /** @default 'read committed' */
  readonly isolation?: Isolation;
}

/** Transactions of a Kysely, the current one at hand everywhere below. */
export class KyselyTransactions<Tx extends KyselyTransactionLike> implements TransactionRunner {
  readonly #scopes = new Scopes<Tx>();
  readonly #db: KyselyLike<Tx>;
  readonly #isolation: Isolation;

  /** @throws IdempotencyConfigurationError when there is no such isolation */
  constructor(db: KyselyLike<Tx>, { isolation = 'read committed' }: KyselyTransactionsOptions = {}) {
    if (!isIsolation(isolation)) {
      throw new IdempotencyConfigurationError([
        `kyselyTransactions: isolation is one of ${ISOLATIONS.join(', ')}.`,
      ]);
    }
    this.#db = db;
    this.#isolation = isolation;
  }

  /**
   * The current transaction; nothing outside of one: then use the Kysely itself.
   *
   * @throws Error when the transaction is over that this code belongs to: nobody waited for it
   */
  current(): Tx | undefined {
    return this.#scopes.current();
  }

  /** Runs `work` in a transaction; within one, in a savepoint of it. Rejects with what `work` or the commit rejects with. */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const outer = this.#scopes.outer();
    if (outer) return inSavepoint(transactionClient(outer.tx), ++outer.savepoints, () => work(outer.tx));
    const transaction = this.#db.transaction().setIsolationLevel(this.#isolation);
    return transaction.execute((tx) => this.#scopes.run(tx, work));
  }
}

/**
 * Transactions of a Kysely on Postgres, for the module's option `transactions`. Repositories use
 * `transactions.current() ?? db`.
 *
 * @example
 * const transactions = kyselyTransactions(db);
 * IdempotencyModule.forRoot({ store: new PostgresStore({ client: pool }), transactions });
 */
export function kyselyTransactions<Tx extends KyselyTransactionLike>(
  db: KyselyLike<Tx>,
  options?: KyselyTransactionsOptions,
): KyselyTransactions<Tx> {
  return new KyselyTransactions(db, options);
}

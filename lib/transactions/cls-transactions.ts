import type { TransactionRunner } from './transaction-runner.js';

/** The part of the `TransactionHost` of `@nestjs-cls/transactional` that is needed. */
export interface TransactionHostLike<Tx> {
  withTransaction<R>(work: () => Promise<R>): Promise<R>;
  readonly tx: Tx;
}

/** Options of `clsTransactions`. */
export interface ClsTransactionsOptions<Tx> {
  /**
   * Makes of the adapter's transaction what the store takes. `PostgresStore` takes those of TypeORM, Drizzle, Prisma, Kysely and
   * `pg` as they are; of another adapter it needs an object with `query(text, values): Promise<{ rows }>` on the same
   * connection. @default the transaction as it is
   */
  readonly client?: (tx: Tx) => unknown;
}

/**
 * Transactions of `@nestjs-cls/transactional`, so that everything that takes part in those takes part in these.
 *
 * @example
 * IdempotencyModule.forRootAsync({
 *   inject: [TransactionHost],
 *   useFactory: (host: TransactionHost) => ({ store, transactions: clsTransactions(host) }),
 * })
 */
export function clsTransactions<Tx>(
  host: TransactionHostLike<Tx>,
  { client = (tx) => tx }: ClsTransactionsOptions<Tx> = {},
): TransactionRunner {
  return { run: (work) => host.withTransaction(() => work(client(host.tx))) };
}

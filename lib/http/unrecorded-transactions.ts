import type { ResolvedOptions } from '../bootstrap/resolved-options.js';
import {
  checkExplicit,
  withoutRunner,
  type OwnTransactions,
  type TransactionalRoute,
} from '../execution/own-transactions.js';
import { runRetried, TransactionRetries } from './transaction-retries.js';

/** For a request without a key: its transactions are committed, and nothing is recorded. */
export function unrecordedTransactions(
  { transactions, transactionRetries }: Pick<ResolvedOptions, 'transactions' | 'transactionRetries'>,
  route: TransactionalRoute,
  called: string,
): OwnTransactions {
  checkExplicit(called, route);
  return {
    commitWith: (_tx, result) => Promise.resolve(result),
    transaction: (work) => {
      if (!transactions) throw withoutRunner();
      return runRetried(transactions, new TransactionRetries(transactionRetries), () => true, work);
    },
  };
}

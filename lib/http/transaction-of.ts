import {
  checkExplicit,
  type OwnTransactions,
  type TransactionalRoute,
} from '../execution/own-transactions.js';
import type { AttemptTransaction } from './attempt-transaction.js';
import type { ExchangeSettings } from './exchange-settings.js';
import { ExplicitTransaction } from './explicit-transaction.js';
import type { HandlerRun } from './handler-run.js';
import { HandlerTransaction } from './handler-transaction.js';
import { TransactionRetries } from './transaction-retries.js';

/** The transaction in which the answer of an attempt is recorded; nothing where that is not promised. */
export function transactionOf(
  { exactlyOnce, problems }: Pick<ExchangeSettings, 'exactlyOnce' | 'problems'>,
  run: HandlerRun,
  mayRetry: () => boolean,
): AttemptTransaction | undefined {
  if (!exactlyOnce) return undefined;
  const { isExplicit, transactions } = exactlyOnce;
  const retries = new TransactionRetries(exactlyOnce.retries);
  if (isExplicit) return new ExplicitTransaction(exactlyOnce, retries, run, problems, mayRetry);
  return transactions && new HandlerTransaction(transactions, retries, run, mayRetry);
}

/** The same for the handler to use. @throws IdempotencyConfigurationError when it is none of its own */
export function ownTransactionsOf(
  transaction: AttemptTransaction | undefined,
  route: TransactionalRoute,
  called: string,
): OwnTransactions {
  checkExplicit(called, route);
  return transaction as ExplicitTransaction;
}

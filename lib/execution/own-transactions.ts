import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import type { Guarantee, TransactionMode } from '../idempotency.options.js';

/** What a handler with transactions of its own is offered; see `IdempotencyContext`. */
export interface OwnTransactions {
  commitWith<T>(tx: unknown, result: T): Promise<T>;
  transaction<T>(work: (tx: unknown) => Promise<T>): Promise<T>;
}

/** What counts of a route here. */
export interface TransactionalRoute {
  readonly label: string;
  readonly options: { readonly guarantee: Guarantee; readonly transaction: TransactionMode };
}

const HOW = "Set @Idempotent({ guarantee: 'exactly-once', transaction: 'explicit' }) on the handler.";

/** @throws IdempotencyConfigurationError when the handlers of this route have no transactions of their own */
export function checkExplicit(called: string, { label, options }: TransactionalRoute): void {
  const { guarantee, transaction } = options;
  if (guarantee !== 'exactly-once')
    throw misused(called, `the guarantee of ${label} is '${guarantee}', which knows no transactions. ${HOW}`);
  if (transaction !== 'explicit') {
    throw misused(
      called,
      `${label} runs in a transaction of the option \`transactions\`, and is committed with its answer by itself. Return the ` +
        `result, or set transaction: 'explicit' on the handler.`,
    );
  }
}

export const outsideOfRequests = (called: string): IdempotencyConfigurationError =>
  misused(called, `there is no idempotent request here, so no answer that could be recorded. ${HOW}`);

export const notInJobs = (called: string): IdempotencyConfigurationError =>
  misused(called, 'jobs of IdempotencyService.run() have no guarantee that knows transactions.');

export const withoutRunner = (): IdempotencyConfigurationError =>
  misused(
    'transaction()',
    'set the option `transactions` of IdempotencyModule.forRoot(), or use commitWith().',
  );

export const misused = (called: string, why: string): IdempotencyConfigurationError =>
  new IdempotencyConfigurationError([`${called}: ${why}`]);

/**
 * Runs a piece of work in a transaction of the application's database: what `guarantee: 'exactly-once'` needs besides its
 * store. `pgTransactions`, `kyselyTransactions` and `clsTransactions` make one.
 */
export interface TransactionRunner {
  /**
   * Begins a transaction, makes it the current one for all that `work` does (by an AsyncLocalStorage, or CLS), and calls
   * `work` once. Commits when that resolves, and resolves when the commit is done; rolls back when it rejects, and rejects
   * when that is done. `tx` is what the store's `completeWithin` takes as its client.
   */
  run<T>(work: (tx: unknown) => Promise<T>): Promise<T>;
}

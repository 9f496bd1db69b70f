/** Completes the record in a transaction; what is `lost` must not be committed. */
export type TransactionSave = (tx: unknown) => Promise<'completed' | 'lost'>;

/**
 * How a transaction ended. `unknown`: it was to be committed, and nobody says whether it was. `none`: there was no
 * transaction to record the answer in.
 */
export type TransactionEnd =
  | { readonly state: 'committed' | 'lost' | 'none' }
  | { readonly state: 'rolled-back' | 'unknown'; readonly error?: unknown };

/**
 * The transaction that an answer is recorded in. It stays open when the chain has given its value, until the answer is
 * known; whoever ends the attempt ends it, by `commit` or `rollback`.
 */
export interface AttemptTransaction {
  /**
   * Runs the chain, and gives its value while the transaction is held open. One that fails is rolled back first, and run
   * again when it lost against others.
   *
   * @throws Refusal when there is no transaction to be had
   */
  run<T>(chain: () => Promise<T>): Promise<T>;
  /** What the handler's entry runs in place of `run`. */
  around(run: () => unknown): () => unknown;
  /** Runs more in the same transaction. @throws Error when that is over */
  inside<T>(work: () => T): T;
  /** What was to be committed cannot be any more. */
  readonly isOver: boolean;
  /** Runs `save` in the transaction, and has it committed. Never rejects. */
  commit(save: TransactionSave): Promise<TransactionEnd>;
  /** Resolves when there is no transaction any more. A handler that runs in it ends first. Never rejects. */
  rollback(): Promise<void>;
}

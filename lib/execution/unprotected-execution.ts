import { AsyncLocalStorage } from 'node:async_hooks';
import type { OwnTransactions } from './own-transactions.js';

/** A request on an idempotent route that runs without protection, because the route says that it may. */
export interface UnprotectedExecution {
  /** The key for an effect of that name. */
  effectKey(name: string): string;
  /** As those of a protected one. */
  ownTransactions(called: string): OwnTransactions;
}

// Shared by all copies of this package in the process, as the current execution is.
const STORAGE = Symbol.for('nestjs-idempotency.unprotected');
const shared = globalThis as { [STORAGE]?: AsyncLocalStorage<UnprotectedExecution> };
const storage = (shared[STORAGE] ??= new AsyncLocalStorage<UnprotectedExecution>());

export function unprotectedExecution(): UnprotectedExecution | undefined {
  return storage.getStore();
}

export function runUnprotected<T>(execution: UnprotectedExecution, run: () => T): T {
  return storage.run(execution, run);
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { EffectRetry, EffectRun } from '../engine/effects.js';
import type { OwnTransactions } from './own-transactions.js';

/** An idempotent request or job, seen from the code that runs for it. */
export interface Execution {
  /** The wrapped method that Nest will call; entering another one changes nothing. */
  readonly handler: unknown;
  readonly key: string;
  /** The record, as problems and `IdempotencyService` name it. */
  readonly reference: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The handler will not run: this only checks whether a recorded answer is the right one. */
  readonly replayed: boolean;
  /** Fires when the attempt lost its lease. */
  readonly signal: AbortSignal;
  /** What fails after this has had no effect. */
  notApplied(): void;
  /** Has a named effect, once for all attempts of the record. */
  effect<T>(name: string, work: (run: EffectRun) => T | Promise<T>, retry: EffectRetry): Promise<T>;
  /** For what was `called` there. @throws IdempotencyConfigurationError when the handler has no transactions of its own */
  ownTransactions(called: string): OwnTransactions;
  /** Runs the handler, once. */
  enter(run: () => unknown): unknown;
}

// Shared by all copies of this package in the process: the decorator may come from one and the module from another.
const STORAGE = Symbol.for('nestjs-idempotency.execution');
const shared = globalThis as { [STORAGE]?: AsyncLocalStorage<Execution> };
const storage = (shared[STORAGE] ??= new AsyncLocalStorage<Execution>());

export function currentExecution(): Execution | undefined {
  return storage.getStore();
}

export function runAs<T>(execution: Execution, run: () => T): T {
  return storage.run(execution, run);
}

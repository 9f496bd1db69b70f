import type { Claim, IdempotencyStore } from '../../../lib/store/idempotency-store.js';
import type { Storage } from './storage.js';

/** A store with one defect, and what the conformance suite must say about it. */
export interface BrokenStore {
  /** Completes the sentence: "a store that …". */
  readonly defect: string;
  /** Titles of checks that must fail, each as `topic: check`. */
  readonly caughtBy: readonly string[];
  readonly Store: new (storage: Storage) => IdempotencyStore;
}

/** A claim that says nothing special. */
export const someClaim = (claim: Partial<Claim> = {}): Claim => ({
  ...{ id: 'id', fingerprint: 'f', lease: 1000, keep: 1000, onLapse: 'rerun', token: 'token' },
  ...{ scope: 'scope', operation: 'operation' },
  ...claim,
});

/** Lets every other caller run up to the same point. */
export const meanwhile = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

import type { IdempotencyStore } from '../../store/idempotency-store.js';

/** The two functions of a test runner that the suite needs. Jest, Vitest, Mocha and `node:test` all have them. */
export interface ConformanceRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** What `describeStoreConformance` needs to know about a store. */
export interface ConformanceOptions {
  /** Names the suite in the test report. */
  readonly name: string;
  /**
   * Opens one handle on the storage under test: one instance of the store, as one process would have it.
   * Called once or more per check. For a `shared` store every handle must reach the same storage;
   * other runs of the suite may use it at the same time. The suite calls `start()` on what it gets; it never
   * needs an empty storage, and leaves records behind that end by themselves (the longest after 60 days).
   */
  readonly create: () => IdempotencyStore | Promise<IdempotencyStore>;
  /** Called after a check, once for every handle, after its own `close()`. Must leave the records alone. */
  readonly destroy?: (store: IdempotencyStore) => unknown;
  /**
   * For stores whose clock the test controls: moves the clock of every handle `ms` milliseconds forward.
   * @default waits in real time
   */
  readonly advance?: (ms: number) => unknown;
  /**
   * How long to wait for a notification before a check fails, in ms.
   * @default 4000
   */
  readonly patience?: number;
  /** @default the global `describe` and `it` */
  readonly runner?: ConformanceRunner;
}

import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import { checkNames } from '../../errors/unknown-names.js';

/** Options of `MemoryStore`. */
export interface MemoryStoreOptions {
  /**
   * The most records to hold, tombstones included. At this number the tombstones that end first are dropped to make
   * room; where there is none, new keys are refused with `StoreFullError`.
   * @default 10_000
   */
  readonly maxRecords?: number;
  /**
   * Bytes of recorded responses from which on new keys are refused with `StoreFullError`. A key that was
   * accepted is always recorded, so that the sum may pass this by the responses of the attempts under way.
   * @default no limit
   */
  readonly maxBytes?: number;
  /**
   * The present in ms, from any origin. Must never go backwards.
   * @default `performance.now()`: setting the computer's clock changes nothing
   */
  readonly clock?: () => number;
}

/** The options with their defaults. */
export type ResolvedMemoryStoreOptions = Required<MemoryStoreOptions>;

/** @throws IdempotencyConfigurationError with one sentence per option that is not usable */
export function resolveMemoryStoreOptions(options: MemoryStoreOptions): ResolvedMemoryStoreOptions {
  checkNames('MemoryStore', options, ['maxRecords', 'maxBytes', 'clock']);
  const { maxRecords = 10_000, maxBytes = Infinity, clock = () => performance.now() } = options;
  const problems: string[] = [];
  if (!isCount(maxRecords)) {
    problems.push(`MemoryStore: maxRecords must be a whole number of at least 1, not ${String(maxRecords)}.`);
  }
  if (maxBytes !== Infinity && !isCount(maxBytes)) {
    problems.push(`MemoryStore: maxBytes must be a whole number of at least 1, not ${String(maxBytes)}.`);
  }
  if (typeof clock !== 'function') {
    problems.push('MemoryStore: clock must be a function that returns milliseconds.');
  }
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
  return { maxRecords, maxBytes, clock };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

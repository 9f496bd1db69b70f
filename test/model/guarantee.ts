import type { OnLapse } from '../../lib/store/idempotency-store.js';
import type { FaultId } from './faults.js';

/** What a route promises, as far as the model tells the promises apart. `exactly-once` will be a third one. */
export interface Guarantee {
  readonly name: 'at-least-once' | 'at-most-once';
  readonly onLapse: OnLapse;
  /** What the store is told of a handler that failed without saying whether anything happened. */
  readonly afterFailure: 'nothing' | 'unknown';
  /** Faults of a setting with which an application does not start. */
  readonly refuses: readonly FaultId[];
}

export const AT_LEAST_ONCE: Guarantee = {
  name: 'at-least-once',
  onLapse: 'rerun',
  afterFailure: 'nothing',
  refuses: [],
};

export const AT_MOST_ONCE: Guarantee = {
  name: 'at-most-once',
  onLapse: 'uncertain',
  afterFailure: 'unknown',
  refuses: ['proceed', 'memory-lost'],
};

export const GUARANTEES = [AT_LEAST_ONCE, AT_MOST_ONCE] as const;

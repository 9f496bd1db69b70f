import type { OnLapse } from '../../lib/store/idempotency-store.js';

/** What a route promises, as far as the model tells the promises apart. `exactly-once` will be a third one. */
export interface Guarantee {
  readonly name: 'at-least-once' | 'at-most-once';
  readonly onLapse: OnLapse;
}

export const AT_LEAST_ONCE: Guarantee = { name: 'at-least-once', onLapse: 'rerun' };
export const AT_MOST_ONCE: Guarantee = { name: 'at-most-once', onLapse: 'uncertain' };

export const GUARANTEES = [AT_LEAST_ONCE, AT_MOST_ONCE] as const;

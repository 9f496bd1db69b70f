import type { Guarantee } from '../idempotency.options.js';
import type { OnLapse } from '../store/idempotency-store.js';

/** What a guarantee means for a record whose attempt ends without a word. */
export function onLapseOf(guarantee: Guarantee): OnLapse {
  return guarantee === 'at-most-once' ? 'uncertain' : 'rerun';
}

import type { Resolution } from '../../store/idempotency-store.js';
import { KEPT, LONG } from './conformance-context.js';

/** What the resolutions of this suite have noted, if nothing else. */
export const NOTE = '{"by":"the night shift","why":"asked the bank"}';

/** The attempt did it, and this is what it would have answered. */
export const appliedAs = (response: Uint8Array, retention = KEPT): Resolution => ({
  as: 'completed',
  response,
  retention,
  note: NOTE,
});

/** The attempt did nothing. */
export const notApplied = (keep = LONG, note = NOTE): Resolution => ({ as: 'not-applied', keep, note });

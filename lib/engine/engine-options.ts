import type { LeaseRef } from '../store/idempotency-store.js';
import type { ReplayCacheBounds } from './replay-cache.js';
import type { WaitingBounds } from './waiting-room.js';

/** `storeTimeout` holds for each store operation. */
export interface EngineOptions extends WaitingBounds {
  /** Told whenever a record is seen to be uncertain; must not throw. */
  readonly onUncertain?: (sighting: UncertainSighting) => void;
  /**
   * The key of an effect: the same for a record and a name as long as the record keeps the fingerprint.
   * @default one that whoever knows the record id can work out, too
   */
  readonly effectKey?: (recordId: string, fingerprint: string, name: string) => string;
  /** Bounds of what is answered without asking the store. @default nothing is */
  readonly replayCache?: ReplayCacheBounds | undefined;
}

/** An uncertain record, where somebody came across it. */
export interface UncertainSighting {
  readonly ref: LeaseRef;
  readonly operation: string;
  readonly attempt: number;
}

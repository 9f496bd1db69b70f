import type { Effect, OnLapse } from '../../../lib/store/idempotency-store.js';
import { FakeClock } from '../../../lib/testing/index.js';

export interface Row {
  readonly id: string;
  phase: 'open' | 'completed' | 'expired' | 'not-applied';
  fingerprint: string;
  scope: string;
  operation: string;
  token: string;
  onLapse: OnLapse;
  fence: number;
  attempt: number;
  readonly made: number;
  since: number;
  leaseEnds: number;
  /** When the row is gone. */
  ends: number;
  /** ms, of the latest claim or renewal. */
  keep: number;
  effects: Effect[];
  /** When a completed row becomes a tombstone. */
  responseEnds: number;
  awaited: boolean;
  response?: Uint8Array;
  note?: string;
}

/** What the handles of a `ReferenceStore` share, as processes share a database. */
export class Storage {
  readonly clock = new FakeClock();
  readonly rows = new Map<string, Row>();
  readonly watches = new Set<{ readonly listener: (id: string) => void }>();
  lastFence = 0;
}

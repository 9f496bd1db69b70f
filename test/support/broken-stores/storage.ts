import { FakeClock } from '../../../lib/testing/index.js';

export interface Row {
  readonly id: string;
  fingerprint: string;
  fence: number;
  attempt: number;
  readonly made: number;
  leaseEnds: number;
  ends: number;
  awaited: boolean;
  response?: Uint8Array;
}

/** What the handles of a `ReferenceStore` share, as processes share a database. */
export class Storage {
  readonly clock = new FakeClock();
  readonly rows = new Map<string, Row>();
  readonly watches = new Set<{ readonly listener: (id: string) => void }>();
  lastFence = 0;
}

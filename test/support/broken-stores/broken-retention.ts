import type { Claim, Retention } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenRetention: readonly BrokenStore[] = [
  {
    defect: 'keeps a completed record for ever',
    caughtBy: [
      'keep and retention: a completed record is absent when its retention is over, though its keep is not',
    ],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        super.finish(row, response, { ...retention, response: Infinity });
      }
    },
  },
  {
    defect: 'keeps a completed record for its keep, if that is longer',
    caughtBy: [
      'keep and retention: a completed record is absent when its retention is over, though its keep is not',
    ],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        const keep = row.ends - this.now();
        super.finish(row, response, { ...retention, response: Math.max(retention.response, keep) });
      }
    },
  },
  {
    defect: 'drops a completed record when its keep is over',
    caughtBy: ['keep and retention: a completed record outlives its lease and its keep'],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        const keep = row.ends - this.now();
        super.finish(row, response, { ...retention, response: Math.min(retention.response, keep) });
      }
    },
  },
  {
    defect: 'passes a completed record on when its lease is over',
    caughtBy: ['complete: a finished record never passes to anybody, though its lease is over'],
    Store: class extends ReferenceStore {
      protected override mayTakeOver(row: Row, claim: Claim): boolean {
        return row.leaseEnds <= this.now() && row.fingerprint === claim.fingerprint;
      }
    },
  },
  {
    defect: 'counts the retention from the first attempt',
    caughtBy: ['keep and retention: the retention counts from the completion'],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        const elapsed = this.now() - row.made;
        super.finish(row, response, { ...retention, response: retention.response - elapsed });
      }
    },
  },
  {
    defect: 'drops a record in progress when its lease is over',
    caughtBy: [
      'keep and retention: an in-progress record is kept after its lease',
      'complete: finishes after the lease is over, when nobody took it over',
    ],
    Store: class extends ReferenceStore {
      protected override read(id: string): Row | undefined {
        const row = super.read(id);
        return row && (row.response || row.leaseEnds > this.now()) ? row : undefined;
      }
    },
  },
  {
    defect: 'keeps a record in progress for ever',
    caughtBy: [
      'keep and retention: an in-progress record is absent when its keep is over',
      'keep and retention: nobody can extend or release a record whose keep is over',
    ],
    Store: class extends ReferenceStore {
      protected override read(id: string): Row | undefined {
        const row = this.storage.rows.get(id);
        return row && !row.response ? row : super.read(id);
      }
    },
  },
  {
    defect: 'puts durations in 32 bits',
    caughtBy: [
      'long durations: a lease of up to 60 days neither ends at once nor is cut',
      'long durations: a lease extended by up to 60 days neither ends at once nor is cut',
      'long durations: an in-progress record kept for up to 60 days does not vanish',
      'long durations: a response retained for up to 60 days does not vanish',
      'long durations: a tombstone kept for up to 60 days does not vanish',
    ],
    Store: class extends ReferenceStore {
      protected override after(ms: number): number {
        return this.now() + (ms | 0);
      }
    },
  },
  {
    defect: 'cuts durations at 2^31 - 1 ms',
    caughtBy: ['long durations: a lease of up to 60 days neither ends at once nor is cut'],
    Store: class extends ReferenceStore {
      protected override after(ms: number): number {
        return this.now() + Math.min(ms, 2 ** 31 - 1);
      }
    },
  },
];

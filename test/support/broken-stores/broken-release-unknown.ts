import type { LeaseRef } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenReleaseUnknown: readonly BrokenStore[] = [
  {
    defect: 'lets the lease of an attempt that does not know run on',
    caughtBy: [
      'release, unknown: ends the lease at once: uncertain, where the record says so',
      'release, unknown: ends the lease at once: the next claim runs, where nobody says so',
      'release, by token: ends the lease at once when nobody knows what happened',
    ],
    Store: class extends ReferenceStore {
      protected override lapse(): void {}
    },
  },
  {
    defect: 'forgets an attempt that does not know',
    caughtBy: [
      'release, unknown: ends the lease at once: uncertain, where the record says so',
      'release, unknown: ends the lease at once: the next claim runs, where nobody says so',
      'release, unknown: keeps the fingerprint',
    ],
    Store: class extends ReferenceStore {
      protected override lapse(row: Row): void {
        this.drop(row);
      }
    },
  },
  {
    defect: 'lets a stale owner end the lease',
    caughtBy: ['release, unknown: is lost to a stale owner, and leaves the running attempt alone'],
    Store: class extends ReferenceStore {
      protected override mayRelease(row: Row, ref: LeaseRef): boolean {
        return row.phase === 'open' && ref.fence <= row.fence;
      }
    },
  },
  {
    defect: 'lets an attempt that completed say that it does not know',
    caughtBy: ['release, unknown: is lost after completion, and leaves the response alone'],
    Store: class extends ReferenceStore {
      protected override mayRelease(row: Row, ref: LeaseRef): boolean {
        return row.fence === ref.fence;
      }
      protected override lapse(row: Row): void {
        super.lapse(row);
        row.phase = 'open';
        delete row.response;
      }
    },
  },
  {
    defect: 'does not notify of an attempt that does not know',
    caughtBy: ['watch (of stores that notify): wakes who waits when the attempt ends without a word'],
    Store: class extends ReferenceStore {
      protected override lapse(row: Row): void {
        super.lapse(row);
        row.awaited = false;
      }
    },
  },
];

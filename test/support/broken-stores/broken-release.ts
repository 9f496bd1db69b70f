import type { ClaimRef, Happened, LeaseRef } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenRelease: readonly BrokenStore[] = [
  {
    defect: 'releases for any fence',
    caughtBy: [
      'release: is lost to a stale owner, and leaves the running attempt alone',
      'release: is lost when repeated after somebody else began',
    ],
    Store: class extends ReferenceStore {
      protected override mayRelease(row: Row): boolean {
        return !row.response;
      }
    },
  },
  {
    defect: 'releases a completed record',
    caughtBy: ['release: is lost after completion, and leaves the response alone'],
    Store: class extends ReferenceStore {
      protected override mayRelease(row: Row, ref: LeaseRef): boolean {
        return row.fence === ref.fence;
      }
    },
  },
  {
    defect: "lets a stale owner delete the winner's response",
    caughtBy: ["release: is lost to a stale owner, and leaves the winner's response alone"],
    Store: class extends ReferenceStore {
      protected override mayRelease(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) || (row.response !== undefined && ref.fence < row.fence);
      }
    },
  },
  {
    defect: 'refuses to release after the lease is over',
    caughtBy: ['release: works after the lease is over, when nobody took it over'],
    Store: class extends ReferenceStore {
      protected override mayRelease(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && row.leaseEnds > this.now();
      }
    },
  },
  {
    defect: 'ends the lease instead of removing the record',
    caughtBy: [
      'release: frees the record at once, as if the attempt had never been',
      'release: forgets the fingerprint',
      'release: forgets the attempts before, after a takeover',
      'release: is lost when repeated',
    ],
    Store: class extends ReferenceStore {
      protected override drop(row: Row): void {
        row.leaseEnds = this.now();
      }
    },
  },
  {
    defect: 'says released whatever it found',
    caughtBy: [
      'release: is lost when repeated',
      'release: is lost when there never was a record',
      'keep and retention: nobody can extend or release a record whose keep is over',
    ],
    Store: class extends ReferenceStore {
      override async release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
        await super.release(ref, happened);
        return 'released';
      }
    },
  },
  {
    defect: 'says lost and releases all the same',
    caughtBy: ['release: frees the record at once, as if the attempt had never been'],
    Store: class extends ReferenceStore {
      override async release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
        await super.release(ref, happened);
        return 'lost';
      }
    },
  },
];

import type { LeaseRef } from '../../../lib/store/idempotency-store.js';
import { someClaim, type BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenExtend: readonly BrokenStore[] = [
  {
    defect: 'extends for any fence',
    caughtBy: ['extend: is lost to a stale owner, and leaves the new one alone'],
    Store: class extends ReferenceStore {
      protected override mayExtend(row: Row): boolean {
        return !row.response;
      }
    },
  },
  {
    defect: 'extends for nobody but the first attempt',
    caughtBy: ['extend: is held for the new owner after a takeover'],
    Store: class extends ReferenceStore {
      protected override mayExtend(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && row.attempt === 1;
      }
    },
  },
  {
    defect: 'refuses to extend a lease that is over',
    caughtBy: ['extend: is held when the lease had lapsed and nobody took it over'],
    Store: class extends ReferenceStore {
      protected override mayExtend(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && row.leaseEnds > this.now();
      }
    },
  },
  {
    defect: 'extends a completed record',
    caughtBy: [
      'extend: is lost when the record is completed, and leaves it alone',
      'extend: does not prolong the retention of a completed record',
    ],
    Store: class extends ReferenceStore {
      protected override mayExtend(row: Row, ref: LeaseRef): boolean {
        return row.fence === ref.fence;
      }
    },
  },
  {
    defect: 'says held and does nothing',
    caughtBy: ['extend: keeps others out after the first lease would have ended'],
    Store: class extends ReferenceStore {
      protected override prolong(): void {}
    },
  },
  {
    defect: 'adds to the lease',
    caughtBy: ['extend: sets the end of the lease from now on, and does not add to it'],
    Store: class extends ReferenceStore {
      protected override prolong(row: Row, lease: number, keep: number): void {
        super.prolong(row, row.leaseEnds - this.now() + lease, keep);
      }
    },
  },
  {
    defect: 'does not keep the record for the lease it extends',
    caughtBy: ['extend: keeps the record at least as long as it says'],
    Store: class extends ReferenceStore {
      protected override prolong(row: Row, lease: number): void {
        row.leaseEnds = this.after(lease);
      }
    },
  },
  {
    defect: 'makes a record when it has none to extend',
    caughtBy: [
      'extend: is lost when there never was a record, and makes none',
      'extend: is lost when the record was released, and makes none',
    ],
    Store: class extends ReferenceStore {
      override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
        if (!this.read(ref.id)) this.make(someClaim({ id: ref.id, lease, keep }));
        return super.extend(ref, lease, keep);
      }
    },
  },
];

import type { LeaseRef } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenFence: readonly BrokenStore[] = [
  {
    defect: 'counts fences within a record, and starts again with the next one',
    caughtBy: [
      'fence: is new after each release, whoever releases',
      'fence: of a released attempt has no power over the next record',
      'fence: of a completed attempt has no power over the record made after its retention',
      'fence: of a forgotten attempt has no power over the record made after its keep',
      'complete, lost: is lost after a release to the attempt that came next',
      'release: is lost when repeated after somebody else began',
    ],
    Store: class extends ReferenceStore {
      protected override nextFence(id: string): number {
        return (this.read(id)?.fence ?? 0) + 1;
      }
    },
  },
  {
    defect: 'counts fences downwards',
    caughtBy: [
      'fence: grows with every takeover',
      'takeover: passes a lease that is over to the next caller, with a greater fence and the next attempt',
    ],
    Store: class extends ReferenceStore {
      protected override nextFence(): number {
        return (this.storage.lastFence -= 1);
      }
    },
  },
  {
    defect: 'gives a fence that a number cannot hold exactly',
    caughtBy: ['acquire: makes a record where there is none: attempt 1'],
    Store: class extends ReferenceStore {
      protected override nextFence(): number {
        return 2 ** 53 + 2 * (this.storage.lastFence += 1);
      }
    },
  },
  {
    defect: 'takes any greater fence for the owner',
    caughtBy: [
      'complete, lost: a running record is not completed by any other fence',
      'complete, lost: a completed record is not changed by any other fence',
    ],
    Store: class extends ReferenceStore {
      protected override mayComplete(row: Row, ref: LeaseRef): boolean {
        return ref.fence >= row.fence;
      }
    },
  },
];

import type { CompleteResult, LeaseRef, Retention } from '../../../lib/store/idempotency-store.js';
import { meanwhile, someClaim, type BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenComplete: readonly BrokenStore[] = [
  {
    defect: 'completes for any fence',
    caughtBy: [
      'complete, lost: tells a stale owner that another attempt runs',
      'complete, lost: leaves the running attempt its record',
      'complete, lost: tells a stale owner that the other attempt is late, too',
    ],
    Store: class extends ReferenceStore {
      protected override mayComplete(row: Row): boolean {
        return !row.response;
      }
    },
  },
  {
    defect: 'overwrites a completed record',
    caughtBy: [
      'complete: answers completed again to the fence that completed, and keeps the first response',
      'complete: answers completed again also after a takeover and a late start',
      'complete: does not prolong the retention when repeated',
    ],
    Store: class extends ReferenceStore {
      protected override mayComplete(row: Row, ref: LeaseRef): boolean {
        return row.fence === ref.fence;
      }
    },
  },
  {
    defect: 'gives a completed record to a stale owner to overwrite',
    caughtBy: ["complete, lost: gives a stale owner the winner's response"],
    Store: class extends ReferenceStore {
      protected override mayComplete(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) || (row.response !== undefined && ref.fence < row.fence);
      }
    },
  },
  {
    defect: 'refuses a completion after the lease is over',
    caughtBy: ['complete: finishes after the lease is over, when nobody took it over'],
    Store: class extends ReferenceStore {
      protected override mayComplete(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && row.leaseEnds > this.now();
      }
    },
  },
  {
    defect: 'answers lost to the owner who completes again',
    caughtBy: [
      'complete: answers completed again to the fence that completed, and keeps the first response',
      'concurrency: completing many times at once: always completed, and one response',
    ],
    Store: class extends ReferenceStore {
      override async complete(ref: LeaseRef, response: Uint8Array, kept: Retention): Promise<CompleteResult> {
        const row = this.read(ref.id);
        if (row?.response) return { state: 'lost', record: this.describe(row) };
        return super.complete(ref, response, kept);
      }
    },
  },
  {
    defect: 'says lost and not to whom',
    caughtBy: [
      'complete, lost: tells a stale owner that another attempt runs',
      "complete, lost: gives a stale owner the winner's response",
    ],
    Store: class extends ReferenceStore {
      override async complete(ref: LeaseRef, response: Uint8Array, kept: Retention): Promise<CompleteResult> {
        return { state: (await super.complete(ref, response, kept)).state };
      }
    },
  },
  {
    defect: 'makes a record when it has none to complete',
    caughtBy: [
      'complete: is lost when repeated after the retention, and makes no record',
      'complete, lost: is lost after a release, with no record, and makes none',
      'complete, lost: is lost when there never was a record, and makes none',
      'keep and retention: an in-progress record is absent when its keep is over',
    ],
    Store: class extends ReferenceStore {
      override async complete(ref: LeaseRef, response: Uint8Array, kept: Retention): Promise<CompleteResult> {
        if (!this.read(ref.id)) this.make(someClaim({ id: ref.id }));
        return super.complete(ref, response, kept);
      }
    },
  },
  {
    defect: 'says completed and keeps nothing',
    caughtBy: [
      'complete: finishes the record of its owner',
      'complete: finishes after the lease was extended',
    ],
    Store: class extends ReferenceStore {
      protected override finish(): void {}
    },
  },
  {
    defect: 'checks the fence and writes the response in two steps',
    caughtBy: [
      'concurrency: a late completion and a takeover: one of them, and both know which',
      'concurrency: completing and releasing: one of them',
    ],
    Store: class extends ReferenceStore {
      override async complete(ref: LeaseRef, response: Uint8Array, kept: Retention): Promise<CompleteResult> {
        const row = this.read(ref.id);
        if (!row || !this.mayComplete(row, ref)) return super.complete(ref, response, kept);
        await meanwhile();
        this.finish(row, response, kept);
        this.tell(row, 'completed');
        return { state: 'completed' };
      }
    },
  },
];

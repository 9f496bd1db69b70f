import type { LeaseRef, Resolution, ResolveResult } from '../../../lib/store/idempotency-store.js';
import { meanwhile, someClaim, type BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenResolveLost: readonly BrokenStore[] = [
  {
    defect: 'resolves a record whose lease runs',
    caughtBy: [
      'resolve, lost: while the attempt runs, and leaves it alone',
      'resolve, lost: while the attempt runs again, after it was uncertain',
    ],
    Store: class extends ReferenceStore {
      protected override mayResolve(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && row.onLapse === 'uncertain';
      }
    },
  },
  {
    defect: 'resolves what runs again anyway',
    caughtBy: ['resolve, lost: where the next claim runs again anyway'],
    Store: class extends ReferenceStore {
      protected override mayResolve(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && row.leaseEnds <= this.now();
      }
    },
  },
  {
    defect: 'resolves for any fence',
    caughtBy: ['resolve, lost: to any other fence, and leaves the record uncertain'],
    Store: class extends ReferenceStore {
      protected override mayResolve(row: Row): boolean {
        return this.uncertain(row);
      }
    },
  },
  {
    defect: 'resolves a record that its attempt completed',
    caughtBy: ["resolve, lost: when the attempt completed meanwhile: the attempt's response stays"],
    Store: class extends ReferenceStore {
      protected override mayResolve(row: Row, ref: LeaseRef): boolean {
        return super.mayResolve(row, ref) || (row.phase === 'completed' && row.fence === ref.fence);
      }
    },
  },
  {
    defect: 'resolves what somebody else resolved',
    caughtBy: ['resolve, lost: when somebody else resolved it'],
    Store: class extends ReferenceStore {
      protected override mayResolve(row: Row, ref: LeaseRef): boolean {
        return super.mayResolve(row, ref) || row.note !== undefined;
      }
    },
  },
  {
    defect: 'makes a record when it has none to resolve',
    caughtBy: ['resolve, lost: when there is no record, and makes none'],
    Store: class extends ReferenceStore {
      override async resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
        if (!this.read(ref.id)) this.make(someClaim({ id: ref.id, lease: 0, onLapse: 'uncertain' }));
        return super.resolve(ref, resolution);
      }
    },
  },
  {
    defect: 'looks whether a record is uncertain and resolves it in two steps',
    caughtBy: ['resolve, lost: or the attempt is, when it completes at the same moment'],
    Store: class extends ReferenceStore {
      override async resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
        const row = this.read(ref.id);
        if (!row || !this.mayResolve(row, ref)) return super.resolve(ref, resolution);
        await meanwhile();
        this.settle(row, resolution);
        this.tell(row, 'resolved');
        return { state: 'resolved' };
      }
    },
  },
];

import type { AcquireResult, Claim, LeaseRef, Resolution } from '../../../lib/store/idempotency-store.js';
import { meanwhile, type BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

const completed = (check: string): string => `resolve, as completed: ${check}`;
const nothing = (check: string): string => `resolve, as not applied: ${check}`;

export const brokenResolve: readonly BrokenStore[] = [
  {
    defect: 'says resolved and does nothing',
    caughtBy: [
      completed('finishes the record: its response is given to everybody'),
      nothing('lets the next claim run, as the next attempt and with a greater fence'),
    ],
    Store: class extends ReferenceStore {
      protected override settle(): void {}
    },
  },
  {
    defect: 'keeps a response that a person gives for ever',
    caughtBy: [completed('keeps the response and the tombstone as long as it says')],
    Store: class extends ReferenceStore {
      protected override settle(row: Row, resolution: Resolution): void {
        super.settle(row, resolution);
        row.responseEnds = row.ends = Infinity;
      }
    },
  },
  {
    defect: 'does not take over what it resolves',
    caughtBy: [completed('leaves the attempt itself no power')],
    Store: class extends ReferenceStore {
      protected override settle(row: Row, resolution: Resolution): void {
        const { fence } = row;
        super.settle(row, resolution);
        row.fence = fence;
      }
    },
  },
  {
    defect: 'lets an attempt write what is not applied',
    caughtBy: [nothing('leaves the attempt itself no power')],
    Store: class extends ReferenceStore {
      protected override owns(row: Row, ref: LeaseRef): boolean {
        return super.owns(row, ref) || (row.phase === 'not-applied' && ref.fence < row.fence);
      }
    },
  },
  {
    defect: 'takes no note',
    caughtBy: [
      completed('keeps its note with the record'),
      nothing('keeps its note with the record, through the next attempt and its completion'),
      'look: tells of a record that is not applied who said so, and until when',
    ],
    Store: class extends ReferenceStore {
      protected override settle(row: Row, resolution: Resolution): void {
        super.settle(row, resolution);
        delete row.note;
      }
    },
  },
  {
    defect: 'keeps the memory that a person gives',
    caughtBy: [completed('does not keep memory that its giver writes to later')],
    Store: class extends ReferenceStore {
      protected override settle(row: Row, resolution: Resolution): void {
        super.settle(row, resolution);
        if (resolution.as === 'completed') row.response = resolution.response;
      }
    },
  },
  {
    defect: 'forgets the attempts before what is not applied',
    caughtBy: [nothing('lets the next claim run, as the next attempt and with a greater fence')],
    Store: class extends ReferenceStore {
      protected override settle(row: Row, resolution: Resolution): void {
        super.settle(row, resolution);
        if (resolution.as === 'not-applied') row.attempt = 0;
      }
    },
  },
  {
    defect: 'looks whether a record is not applied and takes it in two steps',
    caughtBy: [nothing('lets only one claim run')],
    Store: class extends ReferenceStore {
      override async acquire(claim: Claim): Promise<AcquireResult> {
        const row = this.read(claim.id);
        if (row?.phase !== 'not-applied') return super.acquire(claim);
        await meanwhile();
        return this.takeOver(row, claim);
      }
    },
  },
  {
    defect: 'frees what is not applied for the same question only',
    caughtBy: [nothing('lets whatever is asked run; it is the question from then on')],
    Store: class extends ReferenceStore {
      protected override mayTakeOver(row: Row, claim: Claim): boolean {
        return super.mayTakeOver(row, claim) && row.fingerprint === claim.fingerprint;
      }
    },
  },
  {
    defect: 'keeps the question that was not applied',
    caughtBy: [nothing('lets whatever is asked run; it is the question from then on')],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        return super.takeOver(row, { ...claim, fingerprint: row.fingerprint });
      }
    },
  },
  {
    defect: 'keeps what the first claim said of a lapse',
    caughtBy: [nothing('lets the next claim say what becomes of its own lapse')],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        return super.takeOver(row, { ...claim, onLapse: row.onLapse });
      }
    },
  },
  {
    defect: 'loses the note to the next attempt',
    caughtBy: [nothing('keeps its note with the record, through the next attempt and its completion')],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        delete row.note;
        return super.takeOver(row, claim);
      }
    },
  },
  {
    defect: 'keeps what is not applied for ever',
    caughtBy: [nothing('is forgotten after its keep')],
    Store: class extends ReferenceStore {
      protected override settle(row: Row, resolution: Resolution): void {
        super.settle(row, resolution);
        if (resolution.as === 'not-applied') row.ends = Infinity;
      }
    },
  },
  {
    defect: 'does not notify of a resolution',
    caughtBy: ['watch (of stores that notify): wakes who waits when the record is resolved, either way'],
    Store: class extends ReferenceStore {
      protected override tell(row: Row, what: 'completed' | 'released' | 'resolved'): void {
        if (what !== 'resolved') super.tell(row, what);
      }
    },
  },
];

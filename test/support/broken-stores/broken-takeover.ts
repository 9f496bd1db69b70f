import type { AcquireResult, Claim } from '../../../lib/store/idempotency-store.js';
import { meanwhile, type BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenTakeover: readonly BrokenStore[] = [
  {
    defect: 'checks a lapsed lease and takes it in two steps',
    caughtBy: ['concurrency: a takeover has exactly one winner'],
    Store: class extends ReferenceStore {
      override async acquire(claim: Claim): Promise<AcquireResult> {
        const row = this.read(claim.id);
        if (!row || !this.mayTakeOver(row, claim)) return super.acquire(claim);
        await meanwhile();
        return this.takeOver(row, claim);
      }
    },
  },
  {
    defect: 'never passes a lease on',
    caughtBy: [
      'takeover: passes a lease that is over to the next caller, with a greater fence and the next attempt',
      'takeover: lets the new owner complete',
      'extend: ends the lease it gave',
    ],
    Store: class extends ReferenceStore {
      protected override mayTakeOver(): boolean {
        return false;
      }
    },
  },
  {
    defect: 'passes a lease on to another fingerprint',
    caughtBy: [
      'takeover: is refused to another fingerprint: in-progress with nothing left of the lease',
      'identity: fingerprints that differ only in case are different',
    ],
    Store: class extends ReferenceStore {
      protected override mayTakeOver(row: Row): boolean {
        return !row.response && row.leaseEnds <= this.now();
      }
    },
  },
  {
    defect: 'keeps the fingerprint of the last who asked',
    caughtBy: ['takeover: changes nothing when refused to another fingerprint'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        row.fingerprint = claim.fingerprint;
      }
    },
  },
  {
    defect: 'gives a lease that is over a negative rest',
    caughtBy: ['takeover: is refused to another fingerprint: in-progress with nothing left of the lease'],
    Store: class extends ReferenceStore {
      protected override remaining(row: Row): number {
        return row.leaseEnds - this.now();
      }
    },
  },
  {
    defect: 'does not count attempts',
    caughtBy: [
      'takeover: counts every attempt',
      'complete, lost: tells a stale owner that another attempt runs',
    ],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        row.attempt = 0;
        return super.takeOver(row, claim);
      }
    },
  },
  {
    defect: 'gives a new owner no lease of its own',
    caughtBy: ['takeover: gives the new owner its own whole lease'],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        return super.takeOver(row, { ...claim, lease: 0 });
      }
    },
  },
  {
    defect: 'keeps a record for the keep of its first attempt only',
    caughtBy: ['takeover: keeps the record for the keep of the new owner'],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        return super.takeOver(row, { ...claim, keep: row.ends - this.now() });
      }
    },
  },
];

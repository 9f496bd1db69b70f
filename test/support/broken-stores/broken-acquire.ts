import type { AcquireResult, Claim, StandingRecord } from '../../../lib/store/idempotency-store.js';
import { meanwhile, type BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenAcquire: readonly BrokenStore[] = [
  {
    defect: 'looks for a record and makes one in two steps',
    caughtBy: [
      'concurrency: a new record has exactly one owner',
      'concurrency: a new record has one owner and one fingerprint when callers ask different things',
    ],
    Store: class extends ReferenceStore {
      override async acquire(claim: Claim): Promise<AcquireResult> {
        if (this.read(claim.id)) return super.acquire(claim);
        await meanwhile();
        return this.make(claim);
      }
    },
  },
  {
    defect: 'counts attempts from 0',
    caughtBy: ['acquire: makes a record where there is none: attempt 1'],
    Store: class extends ReferenceStore {
      protected override make(claim: Claim): AcquireResult {
        return { ...super.make(claim), attempt: 0 } as AcquireResult;
      }
    },
  },
  {
    defect: 'does not look at the lease',
    caughtBy: [
      'acquire: answers in-progress while the lease runs, to everybody',
      'takeover: gives the new owner its own whole lease',
    ],
    Store: class extends ReferenceStore {
      protected override mayTakeOver(row: Row, claim: Claim): boolean {
        return !row.response && row.fingerprint === claim.fingerprint;
      }
    },
  },
  {
    defect: 'lets whoever waits take the lease',
    caughtBy: ['acquire: changes nothing when the caller waits, either'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        if (claim.waiting) row.fence = this.nextFence(row.id);
      }
    },
  },
  {
    defect: 'prolongs the lease for everybody who asks',
    caughtBy: ['acquire: changes nothing when it finds a running lease: not its end, not its owner'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        row.leaseEnds = this.after(claim.lease);
      }
    },
  },
  {
    defect: 'prolongs the retention with every replay',
    caughtBy: ['acquire: does not prolong the retention of a completed record'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        row.ends = row.responseEnds = this.after(claim.keep);
      }
    },
  },
  {
    defect: 'answers with the fingerprint of the question',
    caughtBy: [
      'acquire: tells the kept fingerprint, not that of the question, while in progress',
      'acquire: tells the kept fingerprint, not that of the question, when completed',
      'takeover: keeps the first fingerprint',
    ],
    Store: class extends ReferenceStore {
      protected override describe(row: Row, claim?: Claim): StandingRecord {
        return { ...super.describe(row), fingerprint: (claim ?? row).fingerprint };
      }
    },
  },
  {
    defect: 'gives a response once and forgets it',
    caughtBy: ['acquire: answers completed with the response, to everybody and every time'],
    Store: class extends ReferenceStore {
      protected override describe(row: Row): StandingRecord {
        const answer = super.describe(row);
        if (row.response) this.drop(row);
        return answer;
      }
    },
  },
];

import type { Claim, LeaseRef, OnLapse } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenUncertain: readonly BrokenStore[] = [
  {
    defect: 'heeds only what the claim says of a lapse',
    caughtBy: ['uncertain: is so for a claim that would run it again, when the record says so'],
    Store: class extends ReferenceStore {
      protected override uncertain(row: Row, claim?: Claim): boolean {
        return super.uncertain(claim ? { ...row, onLapse: claim.onLapse } : row);
      }
    },
  },
  {
    defect: 'heeds only what the record says of a lapse',
    caughtBy: ['uncertain: is so for a claim that says so, when the record does not; and changes nothing'],
    Store: class extends ReferenceStore {
      protected override uncertain(row: Row): boolean {
        return super.uncertain(row);
      }
    },
  },
  {
    defect: 'keeps what the last who asked says of a lapse',
    caughtBy: ['uncertain: is so for a claim that says so, when the record does not; and changes nothing'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        row.onLapse = claim.onLapse;
      }
    },
  },
  {
    defect: 'holds a record for uncertain while its lease runs',
    caughtBy: ['uncertain: is not a record whose lease runs'],
    Store: class extends ReferenceStore {
      protected override uncertain(row: Row, claim?: Claim): boolean {
        return super.uncertain(row, claim) || (row.phase === 'open' && row.onLapse === 'uncertain');
      }
    },
  },
  {
    defect: 'says uncertain once, and then runs again',
    caughtBy: ['uncertain: is a record whose lease is over, for everybody and every time'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        if (this.uncertain(row)) row.phase = 'not-applied';
      }
    },
  },
  {
    defect: 'forgets an uncertain record when its keep is over',
    caughtBy: [
      'uncertain: is kept when its keep is over',
      'uncertain: is kept when the keep of an extension is over',
      'look: tells of a lease that is over whether the record is uncertain, and that this does not end',
    ],
    Store: class extends ReferenceStore {
      protected override kept(_onLapse: OnLapse, keep: number): number {
        return this.after(keep);
      }
    },
  },
  {
    defect: 'forgets an uncertain record when the keep of its extension is over',
    caughtBy: ['uncertain: is kept when the keep of an extension is over'],
    Store: class extends ReferenceStore {
      protected override prolong(row: Row, lease: number, keep: number): void {
        super.prolong(row, lease, keep);
        row.ends = this.after(keep);
      }
    },
  },
  {
    defect: 'refuses the answer of an attempt that is uncertain',
    caughtBy: [
      'uncertain: ends when its attempt completes after all',
      "resolve, lost: when the attempt completed meanwhile: the attempt's response stays",
    ],
    Store: class extends ReferenceStore {
      protected override mayComplete(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && !this.uncertain(row);
      }
    },
  },
  {
    defect: 'does not extend an uncertain record',
    caughtBy: [
      'uncertain: is in progress again when its attempt extends the lease',
      'resolve, lost: while the attempt runs again, after it was uncertain',
    ],
    Store: class extends ReferenceStore {
      protected override mayExtend(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && !this.uncertain(row);
      }
    },
  },
  {
    defect: 'does not release an uncertain record',
    caughtBy: ['uncertain: is free when its attempt says that nothing happened'],
    Store: class extends ReferenceStore {
      protected override mayRelease(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) && !this.uncertain(row);
      }
    },
  },
  {
    defect: 'tells the fingerprint of the question when uncertain',
    caughtBy: ['uncertain: tells the kept fingerprint, not that of the question'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        if (this.uncertain(row)) row.fingerprint = claim.fingerprint;
      }
    },
  },
  {
    defect: 'takes anybody for the owner of an uncertain record',
    caughtBy: ['uncertain: is told to any other attempt that completes'],
    Store: class extends ReferenceStore {
      protected override mayComplete(row: Row, ref: LeaseRef): boolean {
        return this.owns(row, ref) || this.uncertain(row);
      }
    },
  },
  {
    defect: 'forgets uncertain records when it closes',
    caughtBy: [
      'after a restart (of stores that are durable): an uncertain record is still uncertain, and can be resolved',
    ],
    Store: class extends ReferenceStore {
      override async close(): Promise<void> {
        for (const row of this.storage.rows.values()) if (this.uncertain(row)) this.drop(row);
      }
    },
  },
];

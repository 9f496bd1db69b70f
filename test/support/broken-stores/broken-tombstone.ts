import type { Claim, LeaseRef, Retention } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenTombstone: readonly BrokenStore[] = [
  {
    defect: 'leaves no tombstone',
    caughtBy: [
      'tombstone: answers expired with the kept fingerprint, to everybody and every time',
      'resolve, as completed: keeps the response and the tombstone as long as it says',
    ],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        super.finish(row, response, { ...retention, tombstone: 0 });
      }
    },
  },
  {
    defect: 'leaves a tombstone that nobody asked for',
    caughtBy: [
      'keep and retention: a completed record is absent when its retention is over, though its keep is not',
    ],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        super.finish(row, response, { ...retention, tombstone: retention.tombstone || 1000 });
      }
    },
  },
  {
    defect: 'runs again where there is a tombstone',
    caughtBy: ['tombstone: answers expired with the kept fingerprint, to everybody and every time'],
    Store: class extends ReferenceStore {
      protected override mayTakeOver(row: Row, claim: Claim): boolean {
        return row.phase === 'expired' || super.mayTakeOver(row, claim);
      }
    },
  },
  {
    defect: 'gives a tombstone the fingerprint of the last who asked',
    caughtBy: ['tombstone: answers expired with the kept fingerprint, to everybody and every time'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        if (row.phase === 'expired') row.fingerprint = claim.fingerprint;
      }
    },
  },
  {
    defect: 'counts a tombstone from the completion',
    caughtBy: ['tombstone: counts from the end of the response, is not prolonged by who asks, and ends'],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        const tombstone = Math.max(0, retention.tombstone - retention.response);
        super.finish(row, response, { ...retention, tombstone });
      }
    },
  },
  {
    defect: 'counts a tombstone from when somebody first sees it',
    caughtBy: ['tombstone: ends also when nobody has asked since the completion'],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        super.finish(row, response, retention);
        if (retention.tombstone > 0) row.ends = Infinity;
        this.tombstones.set(row.id, retention.tombstone);
      }
      protected override bury(row: Row): void {
        super.bury(row);
        row.ends = this.after(this.tombstones.get(row.id) ?? 0);
      }
      private readonly tombstones = new Map<string, number>();
    },
  },
  {
    defect: 'prolongs a tombstone for everybody who asks',
    caughtBy: ['tombstone: counts from the end of the response, is not prolonged by who asks, and ends'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        if (row.phase === 'expired') row.ends = this.after(claim.keep);
      }
    },
  },
  {
    defect: 'lets an attempt write on its tombstone',
    caughtBy: [
      'tombstone: has no owner: nobody extends, completes, releases or resolves it',
      'tombstone: is not brought to life by who completes again',
    ],
    Store: class extends ReferenceStore {
      protected override owns(row: Row, ref: LeaseRef): boolean {
        return super.owns(row, ref) || (row.phase === 'expired' && row.fence === ref.fence);
      }
    },
  },
  {
    defect: 'keeps a tombstone for a few minutes at most',
    caughtBy: ['look: tells when the response and when the tombstone ends, each in its time'],
    Store: class extends ReferenceStore {
      protected override bury(row: Row): void {
        super.bury(row);
        row.ends = Math.min(row.ends, this.after(300_000));
      }
    },
  },
];

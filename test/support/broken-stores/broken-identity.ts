import type { AcquireResult, Claim, Retention } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenIdentity: readonly BrokenStore[] = [
  {
    defect: 'does not tell ids apart by case',
    caughtBy: ['identity: ids that differ in case, in one character or in length are different records'],
    Store: class extends ReferenceStore {
      protected override keyOf(id: string): string {
        return id.toLowerCase();
      }
    },
  },
  {
    defect: 'looks at the first 20 characters of an id',
    caughtBy: ['identity: ids that differ in case, in one character or in length are different records'],
    Store: class extends ReferenceStore {
      protected override keyOf(id: string): string {
        return id.slice(0, 20);
      }
    },
  },
  {
    defect: 'finds a record for an id that every object has',
    caughtBy: ['identity: odd but legal ids are records like any other'],
    Store: class extends ReferenceStore {
      protected override read(id: string): Row | undefined {
        return super.read(id) ?? ({} as Record<string, Row>)[id];
      }
    },
  },
  {
    defect: 'has all records in one',
    caughtBy: [
      'identity: releasing one record leaves the others',
      'identity: completing one record leaves the others',
      'identity: many records at once keep their own answers',
    ],
    Store: class extends ReferenceStore {
      protected override keyOf(): string {
        return 'the one';
      }
    },
  },
  {
    defect: 'forgets everything when one record is released',
    caughtBy: ['identity: releasing one record leaves the others'],
    Store: class extends ReferenceStore {
      protected override drop(): void {
        this.storage.rows.clear();
      }
    },
  },
  {
    defect: 'ends every lease when one record is completed',
    caughtBy: ['identity: completing one record leaves the others'],
    Store: class extends ReferenceStore {
      protected override finish(row: Row, response: Uint8Array, retention: Retention): void {
        super.finish(row, response, retention);
        for (const each of this.storage.rows.values()) each.leaseEnds = this.now();
      }
    },
  },
  {
    defect: 'cuts fingerprints at 64 characters',
    caughtBy: ['identity: fingerprints come back unchanged'],
    Store: class extends ReferenceStore {
      protected override make(claim: Claim): AcquireResult {
        return super.make({ ...claim, fingerprint: claim.fingerprint.slice(0, 64) });
      }
    },
  },
  {
    defect: 'does not tell fingerprints apart by case',
    caughtBy: ['identity: fingerprints that differ only in case are different'],
    Store: class extends ReferenceStore {
      protected override mayTakeOver(row: Row, claim: Claim): boolean {
        const same = row.fingerprint.toLowerCase() === claim.fingerprint.toLowerCase();
        return super.mayTakeOver(row, same ? { ...claim, fingerprint: row.fingerprint } : claim);
      }
    },
  },
];

import type { RemoveResult } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenRemove: readonly BrokenStore[] = [
  {
    defect: 'removes a record whose lease runs',
    caughtBy: ['remove: does not remove a record whose lease runs, and leaves it alone'],
    Store: class extends ReferenceStore {
      protected override mayRemove(): boolean {
        return true;
      }
    },
  },
  {
    defect: 'removes finished records only',
    caughtBy: ['remove: removes an uncertain record', 'remove: removes a record whose lease is over'],
    Store: class extends ReferenceStore {
      protected override mayRemove(row: Row): boolean {
        return row.phase !== 'open';
      }
    },
  },
  {
    defect: 'leaves the tombstone of what it removes',
    caughtBy: ['remove: removes a completed record, and leaves no tombstone'],
    Store: class extends ReferenceStore {
      protected override erase(row: Row): void {
        if (row.phase === 'completed') this.bury(row);
        else this.drop(row);
      }
    },
  },
  {
    defect: 'does not remove tombstones',
    caughtBy: ['remove: removes a tombstone'],
    Store: class extends ReferenceStore {
      protected override erase(row: Row): void {
        if (row.phase !== 'expired') this.drop(row);
      }
    },
  },
  {
    defect: 'keeps the note of what it removes',
    caughtBy: ['remove: removes a record that is not applied, with its note'],
    Store: class extends ReferenceStore {
      protected override erase(row: Row): void {
        if (row.note === undefined) this.drop(row);
        else row.attempt = 0;
      }
    },
  },
  {
    defect: 'says removed whatever it found',
    caughtBy: ['remove: finds nothing where there is no record'],
    Store: class extends ReferenceStore {
      override async remove(id: string): Promise<RemoveResult> {
        const result = await super.remove(id);
        return result === 'absent' ? 'removed' : result;
      }
    },
  },
];

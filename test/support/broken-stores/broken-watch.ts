import type { AcquireResult, Claim, Unwatch } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

const watch = (check: string): string => `watch (of stores that notify): ${check}`;

export const brokenWatch: readonly BrokenStore[] = [
  {
    defect: 'never notifies of a release',
    caughtBy: [watch('wakes who waits when the record is released')],
    Store: class extends ReferenceStore {
      protected override tell(row: Row, what: 'completed' | 'released' | 'resolved'): void {
        if (what === 'completed') super.tell(row, what);
      }
    },
  },
  {
    defect: 'never notifies of a completion',
    caughtBy: [watch('wakes who waits when the record is completed')],
    Store: class extends ReferenceStore {
      protected override tell(row: Row, what: 'completed' | 'released' | 'resolved'): void {
        if (what === 'released') super.tell(row, what);
      }
    },
  },
  {
    defect: 'does not notify of a late completion',
    caughtBy: [watch('wakes who waits when the completion is late')],
    Store: class extends ReferenceStore {
      protected override tell(row: Row, what: 'completed' | 'released' | 'resolved'): void {
        if (row.leaseEnds > this.now()) super.tell(row, what);
      }
    },
  },
  {
    defect: 'forgets who waits when the lease is extended',
    caughtBy: [watch('remembers who waits when the lease is extended')],
    Store: class extends ReferenceStore {
      protected override prolong(row: Row, lease: number, keep: number): void {
        super.prolong(row, lease, keep);
        row.awaited = false;
      }
    },
  },
  {
    defect: 'forgets who waits when another attempt takes over',
    caughtBy: [watch('remembers who waits when another attempt takes over')],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        row.awaited = false;
        return super.takeOver(row, claim);
      }
    },
  },
  {
    defect: 'tells only the first who watches',
    caughtBy: [watch('wakes every process that watches')],
    Store: class extends ReferenceStore {
      protected override tell(row: Row): void {
        const [first] = this.storage.watches;
        if (row.awaited) first?.listener(row.id);
      }
    },
  },
  {
    defect: 'tells other processes only, and not its own',
    caughtBy: [watch('wakes who waits in the process that completes, too')],
    Store: class extends ReferenceStore {
      private readonly own = new Set<(id: string) => void>();
      override async watch(listener: (id: string) => void): Promise<Unwatch> {
        this.own.add(listener);
        return super.watch(listener);
      }
      protected override tell(row: Row): void {
        for (const { listener } of this.storage.watches) {
          if (row.awaited && !this.own.has(listener)) listener(row.id);
        }
      }
    },
  },
  {
    defect: 'goes on telling those who stopped watching',
    caughtBy: [watch('stops when told: the listener is not called again')],
    Store: class extends ReferenceStore {
      override async watch(listener: (id: string) => void): Promise<Unwatch> {
        await super.watch(listener);
        return async () => {};
      }
    },
  },
  {
    defect: 'fails when a listener throws',
    caughtBy: [watch('survives a listener that throws: the operation succeeds and the next one is told')],
    Store: class extends ReferenceStore {
      protected override tell(row: Row): void {
        for (const { listener } of this.storage.watches) if (row.awaited) listener(row.id);
      }
    },
  },
  {
    defect: 'stops notifying when a listener throws',
    caughtBy: [watch('survives a listener that throws: the operation succeeds and the next one is told')],
    Store: class extends ReferenceStore {
      protected override tell(row: Row): void {
        for (const watched of this.storage.watches) {
          try {
            if (row.awaited) watched.listener(row.id);
          } catch {
            this.storage.watches.delete(watched);
          }
        }
      }
    },
  },
];

import type {
  AcquireResult,
  Claim,
  RecordDetails,
  RecordEntry,
} from '../../../lib/store/idempotency-store.js';
import { someClaim, type BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

const look = (check: string): string => `look: ${check}`;

export const brokenLook: readonly BrokenStore[] = [
  {
    defect: 'makes a record when somebody looks for one',
    caughtBy: [look('finds nothing where there is no record, and makes none')],
    Store: class extends ReferenceStore {
      override async look(id: string): Promise<RecordDetails | undefined> {
        const found = await super.look(id);
        if (!found) this.make(someClaim({ id, lease: 0 }));
        return found;
      }
    },
  },
  {
    defect: 'prolongs what somebody looks at',
    caughtBy: [look('changes nothing: neither a lease nor a response ends later')],
    Store: class extends ReferenceStore {
      override async look(id: string): Promise<RecordDetails | undefined> {
        const row = this.read(id);
        if (row) row.leaseEnds = row.ends = row.responseEnds = this.after(100_000);
        return super.look(id);
      }
    },
  },
  {
    defect: 'tells durations in seconds',
    caughtBy: [look('tells of a running attempt how long it runs and may run')],
    Store: class extends ReferenceStore {
      protected override entry(row: Row): RecordEntry {
        const entry = super.entry(row);
        return entry.endsIn === undefined ? entry : { ...entry, endsIn: entry.endsIn / 1000 };
      }
    },
  },
  {
    defect: 'tells how long a lease is over',
    caughtBy: [
      look('tells of a lease that is over whether the record is uncertain, and that this does not end'),
    ],
    Store: class extends ReferenceStore {
      protected override remaining(row: Row): number {
        return Math.ceil(row.leaseEnds - this.now());
      }
    },
  },
  {
    defect: 'counts how long an attempt runs from now on',
    caughtBy: [
      look('tells of a lease that is over whether the record is uncertain, and that this does not end'),
      'list: finds attempts that began so long ago, uncertain ones too, and nothing that is finished',
    ],
    Store: class extends ReferenceStore {
      protected override entry(row: Row): RecordEntry {
        const entry = super.entry(row);
        return entry.runningFor === undefined ? entry : { ...entry, runningFor: 0 };
      }
    },
  },
  {
    defect: 'tells of the first attempt',
    caughtBy: [look('tells of the latest attempt, and not of those before')],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        const { scope, operation } = row;
        return super.takeOver(row, { ...claim, scope, operation });
      }
    },
  },
  {
    defect: 'gives its own memory to who looks',
    caughtBy: [look('gives the response of a completed record, in memory of its own')],
    Store: class extends ReferenceStore {
      override async look(id: string): Promise<RecordDetails | undefined> {
        const found = await super.look(id);
        const response = this.read(id)?.response;
        return found && response ? { ...found, response } : found;
      }
    },
  },
  {
    defect: 'tells when the tombstone ends while there is a response',
    caughtBy: [look('tells when the response and when the tombstone ends, each in its time')],
    Store: class extends ReferenceStore {
      protected override entry(row: Row): RecordEntry {
        const entry = super.entry(row);
        return row.response ? { ...entry, endsIn: row.ends - this.now() } : entry;
      }
    },
  },
  {
    defect: 'tells who runs what is not applied',
    caughtBy: [look('tells of a record that is not applied who said so, and until when')],
    Store: class extends ReferenceStore {
      protected override entry(row: Row): RecordEntry {
        const entry = super.entry(row);
        return row.phase === 'not-applied' ? { ...entry, runningFor: this.now() - row.since } : entry;
      }
    },
  },
];

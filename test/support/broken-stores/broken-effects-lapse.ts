import type { Effect, LeaseRef, OnLapse } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenEffectsLapse: readonly BrokenStore[] = [
  {
    defect: 'does not listen to what an effect says of the end of the lease',
    caughtBy: ['effects, and the end of the lease: make a record uncertain that would have run again'],
    Store: class extends ReferenceStore {
      protected override setLapse(): void {}
    },
  },
  {
    defect: 'lets a record end that an effect made uncertain',
    caughtBy: ['effects, and the end of the lease: keep such a record until it is settled'],
    Store: class extends ReferenceStore {
      protected override setLapse(row: Row, onLapse: OnLapse): void {
        row.onLapse = onLapse;
      }
    },
  },
  {
    defect: 'never sets back what an effect made uncertain',
    caughtBy: [
      'effects, and the end of the lease: let it run again when they are recorded',
      'effects, and the end of the lease: let it run again also when they are recorded after the lease',
    ],
    Store: class extends ReferenceStore {
      protected override setLapse(row: Row, onLapse: OnLapse): void {
        if (onLapse === 'uncertain') super.setLapse(row, onLapse);
      }
    },
  },
  {
    defect: 'sets back what an effect made uncertain, and keeps it for ever',
    caughtBy: ['effects, and the end of the lease: let it end by itself again, not before it would have'],
    Store: class extends ReferenceStore {
      protected override setLapse(row: Row, onLapse: OnLapse): void {
        super.setLapse(row, onLapse);
        if (onLapse === 'rerun' && row.leaseEnds <= this.now()) row.ends = Infinity;
      }
    },
  },
  {
    defect: 'sets back what an effect made uncertain, and keeps it no longer',
    caughtBy: ['effects, and the end of the lease: let it end by itself again, not before it would have'],
    Store: class extends ReferenceStore {
      protected override setLapse(row: Row, onLapse: OnLapse): void {
        super.setLapse(row, onLapse);
        if (onLapse === 'rerun') row.ends = this.after(1);
      }
    },
  },
  {
    defect: 'takes a result for the end of uncertainty',
    caughtBy: ['effects, and the end of the lease: leave a record uncertain that its claim wants so'],
    Store: class extends ReferenceStore {
      override async recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse) {
        return super.recordEffect(ref, effect, effect.result ? 'rerun' : onLapse);
      }
    },
  },
  {
    defect: 'keeps effects without a record',
    caughtBy: ['effects, lost: when there never was a record', 'effects, lost: when nothing happened'],
    Store: class extends ReferenceStore {
      override async recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse) {
        return this.read(ref.id) ? super.recordEffect(ref, effect, onLapse) : 'recorded';
      }
    },
  },
  {
    defect: 'lets a stale owner record effects',
    caughtBy: ['effects, lost: to a stale owner, whose effects and whose word on the lease do not count'],
    Store: class extends ReferenceStore {
      protected override mayRecord(row: Row, ref: LeaseRef): boolean {
        return row.phase === 'open' && ref.fence <= row.fence;
      }
    },
  },
  {
    defect: 'lets anybody record effects on what is finished',
    caughtBy: [
      'effects, lost: after completion, and the response stays',
      'effects, lost: after a resolution, and the key stays free',
    ],
    Store: class extends ReferenceStore {
      protected override mayRecord(row: Row, ref: LeaseRef): boolean {
        return row.fence === ref.fence;
      }
    },
  },
];

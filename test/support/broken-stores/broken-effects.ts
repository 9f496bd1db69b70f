import type { Acquired, AcquireResult, Claim, Effect } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenEffects: readonly BrokenStore[] = [
  {
    defect: 'says recorded, and keeps no effect',
    caughtBy: [
      'effects: are given to the attempt that takes over, begun ones and those with a result',
      'effects: outlive renewals of the lease',
      'effects: stay with their record',
    ],
    Store: class extends ReferenceStore {
      protected override addEffect(): void {}
    },
  },
  {
    defect: 'makes an effect up',
    caughtBy: ['effects: are none for a first attempt, and for one after an attempt that had none'],
    Store: class extends ReferenceStore {
      protected override make(claim: Claim): AcquireResult {
        return { ...super.make(claim), effects: [{ name: 'begun' }] } as Acquired;
      }
    },
  },
  {
    defect: 'keeps effects that have a result only',
    caughtBy: ['effects: are given to the attempt that takes over, begun ones and those with a result'],
    Store: class extends ReferenceStore {
      protected override addEffect(row: Row, effect: Effect): void {
        if (effect.result) super.addEffect(row, effect);
      }
    },
  },
  {
    defect: 'adds an effect again when its result comes',
    caughtBy: ['effects: are replaced by their name, in the place where it came first'],
    Store: class extends ReferenceStore {
      protected override addEffect(row: Row, effect: Effect): void {
        row.effects.push(this.copy(effect));
      }
    },
  },
  {
    defect: 'moves an effect to the end when its result comes',
    caughtBy: ['effects: are replaced by their name, in the place where it came first'],
    Store: class extends ReferenceStore {
      protected override addEffect(row: Row, effect: Effect): void {
        row.effects = row.effects.filter(({ name }) => name !== effect.name);
        row.effects.push(this.copy(effect));
      }
    },
  },
  {
    defect: 'forgets effects at the second takeover',
    caughtBy: ['effects: add up over attempts'],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        if (row.attempt > 1) this.forgetEffects(row);
        return super.takeOver(row, claim);
      }
    },
  },
  {
    defect: 'forgets effects when the lease is renewed',
    caughtBy: ['effects: outlive renewals of the lease'],
    Store: class extends ReferenceStore {
      protected override prolong(row: Row, lease: number, keep: number): void {
        super.prolong(row, lease, keep);
        this.forgetEffects(row);
      }
    },
  },
  {
    defect: 'keeps the effects of all records together',
    caughtBy: ['effects: stay with their record'],
    Store: class extends ReferenceStore {
      protected override addEffect(row: Row, effect: Effect): void {
        for (const each of this.storage.rows.values()) super.addEffect(each, effect);
        if (!this.storage.rows.has(row.id)) super.addEffect(row, effect);
      }
    },
  },
  {
    defect: 'keeps effects of an attempt that says that nothing happened',
    caughtBy: ['effects: are gone when nothing happened'],
    Store: class extends ReferenceStore {
      protected override drop(row: Row): void {
        row.leaseEnds = 0;
      }
    },
  },
  {
    defect: 'keeps effects by id, whatever becomes of the record',
    caughtBy: [
      'effects: are gone when nothing happened',
      'effects: are gone when the record is finished, and its retention over',
    ],
    Store: class extends ReferenceStore {
      protected override make(claim: Claim): AcquireResult {
        const before = this.storage.rows.get(claim.id) ?? this.dropped.get(claim.id);
        const made = super.make(claim);
        const effects = before?.effects ?? [];
        this.storage.rows.get(claim.id)!.effects = effects;
        return { ...made, effects } as Acquired;
      }
      protected override forgetEffects(): void {}
      protected override drop(row: Row): void {
        this.dropped.set(row.id, row);
        super.drop(row);
      }
      private readonly dropped = new Map<string, Row>();
    },
  },
  {
    defect: 'keeps effects when somebody found out that nothing happened',
    caughtBy: ['effects: are gone when somebody found out that nothing happened'],
    Store: class extends ReferenceStore {
      protected override forgetEffects(row: Row): void {
        if (row.phase === 'completed') super.forgetEffects(row);
      }
    },
  },
  {
    defect: 'renews the lease with an effect',
    caughtBy: ['effects: leave the lease as it is'],
    Store: class extends ReferenceStore {
      protected override addEffect(row: Row, effect: Effect): void {
        super.addEffect(row, effect);
        row.leaseEnds = this.after(60_000);
      }
    },
  },
];

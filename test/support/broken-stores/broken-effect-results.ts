import type { Effect } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenEffectResults: readonly BrokenStore[] = [
  {
    defect: 'keeps results as text',
    caughtBy: ['results of effects: keep every byte value, alone and together'],
    Store: class extends ReferenceStore {
      protected override copy({ name, result }: Effect): Effect {
        return result ? { name, result: Buffer.from(Buffer.from(result).toString('utf8')) } : { name };
      }
    },
  },
  {
    defect: 'takes an empty result for none',
    caughtBy: ['results of effects: may be empty, which is not the same as none'],
    Store: class extends ReferenceStore {
      protected override copy(effect: Effect): Effect {
        return effect.result?.length ? super.copy(effect) : { name: effect.name };
      }
    },
  },
  {
    defect: 'trims results',
    caughtBy: ['results of effects: may look like a number, JSON, or a format of the store'],
    Store: class extends ReferenceStore {
      protected override copy({ name, result }: Effect): Effect {
        if (!result) return { name };
        return { name, result: Buffer.from(Buffer.from(result).toString('latin1').trim(), 'latin1') };
      }
    },
  },
  {
    defect: 'keeps the memory of results that it is given',
    caughtBy: ['results of effects: are kept as they were when their giver or receiver writes to them'],
    Store: class extends ReferenceStore {
      protected override copy(effect: Effect): Effect {
        return effect;
      }
    },
  },
  {
    defect: 'takes names of effects for numbers where it can',
    caughtBy: ['results of effects: are told apart by names that differ in a letter'],
    Store: class extends ReferenceStore {
      protected override addEffect(row: Row, effect: Effect): void {
        const number = Number(effect.name);
        super.addEffect(row, Number.isNaN(number) ? effect : { ...effect, name: String(number) });
      }
    },
  },
  {
    defect: 'has room for ten effects',
    caughtBy: ['results of effects: are as many and as large as may be'],
    Store: class extends ReferenceStore {
      protected override addEffect(row: Row, effect: Effect): void {
        super.addEffect(row, effect);
        row.effects.splice(0, row.effects.length - 12);
      }
    },
  },
];

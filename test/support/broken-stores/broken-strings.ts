import type { AcquireResult, Claim, Resolution } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

const operations = 'strings: operations come back unchanged';
const notes = 'strings: notes come back unchanged';

/** A store that makes its records for another claim than it was given. */
const changing = (change: (claim: Claim) => Partial<Claim>): BrokenStore['Store'] =>
  class extends ReferenceStore {
    protected override make(claim: Claim): AcquireResult {
      return super.make({ ...claim, ...change(claim) });
    }
  };

/** A store that notes something else than it was told. */
const noting = (change: (note: string) => string): BrokenStore['Store'] =>
  class extends ReferenceStore {
    protected override settle(row: Row, resolution: Resolution): void {
      super.settle(row, { ...resolution, note: change(resolution.note) });
    }
  };

export const brokenStrings: readonly BrokenStore[] = [
  {
    defect: 'separates fields by spaces',
    caughtBy: [operations],
    Store: changing(({ operation }) => ({ operation: operation.split(' ')[0] as string })),
  },
  {
    defect: 'trims operations',
    caughtBy: [operations],
    Store: changing(({ operation }) => ({ operation: operation.trim() })),
  },
  {
    defect: 'cuts operations at 128 characters',
    caughtBy: [operations],
    Store: changing(({ operation }) => ({ operation: operation.slice(0, 128) })),
  },
  {
    defect: 'takes a tag for a number where it can',
    caughtBy: ['strings: tags of scopes come back unchanged, and are told apart'],
    Store: changing(({ scope }) => ({ scope: Number.isNaN(Number(scope)) ? scope : `${Number(scope)}` })),
  },
  {
    defect: 'keeps notes as Latin-1',
    caughtBy: [notes],
    Store: noting((note) => Buffer.from(note, 'latin1').toString('latin1')),
  },
  {
    defect: 'cuts notes at 1024 characters',
    caughtBy: [notes],
    Store: noting((note) => note.slice(0, 1024)),
  },
];

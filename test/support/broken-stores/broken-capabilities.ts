import type { StoreCapabilities } from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import { Storage } from './storage.js';

const promises: StoreCapabilities = {
  name: 'boastful',
  durable: true,
  shared: true,
  clock: 'server',
  notifies: true,
};

export const brokenCapabilities: readonly BrokenStore[] = [
  {
    defect: 'has no name',
    caughtBy: ['capabilities: name the store and answer every question'],
    Store: class extends ReferenceStore {
      override readonly capabilities = { ...promises, name: '' };
    },
  },
  {
    defect: 'changes its promises at work',
    caughtBy: ['capabilities: are the same before, during and after work, and on every handle'],
    Store: class extends ReferenceStore {
      override capabilities = promises;
      protected override tell(): void {
        this.capabilities = { ...promises, notifies: false };
      }
    },
  },
  {
    defect: 'promises to notify and cannot be watched',
    caughtBy: ['capabilities: do not promise notifications without watch()'],
    Store: class extends ReferenceStore {
      override watch = undefined as never;
    },
  },
  {
    defect: 'promises to be shared and keeps its records to itself',
    caughtBy: [
      'between processes (of stores that are shared): a record made by one is in progress for the other',
      'between processes (of stores that are shared): a record completed by one is completed for the other',
      'between processes (of stores that are shared): the right to a record is the fence, whichever process brings it',
      'after a restart (of stores that are durable): a completed record is still completed',
    ],
    Store: class extends ReferenceStore {
      constructor(storage: Storage) {
        const own = new Storage();
        super(Object.assign(own, { clock: storage.clock }));
      }
    },
  },
  {
    defect: 'says released and keeps the record',
    caughtBy: [
      'between processes (of stores that are shared): a record released by one is free for the other',
    ],
    Store: class extends ReferenceStore {
      protected override drop(): void {}
    },
  },
  {
    defect: 'promises to be durable and forgets when it closes',
    caughtBy: [
      'after a restart (of stores that are durable): a completed record is still completed',
      'after a restart (of stores that are durable): a record in progress is still in progress, and its owner can complete it',
    ],
    Store: class extends ReferenceStore {
      override async close(): Promise<void> {
        this.storage.rows.clear();
      }
    },
  },
];

import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { StandingRecord } from '../../../lib/store/idempotency-store.js';
import type { Row } from './storage.js';

export const brokenBytes: readonly BrokenStore[] = [
  {
    defect: 'keeps the memory it is given',
    caughtBy: ['response bytes: a response that its giver writes to later is kept as it was'],
    Store: class extends ReferenceStore {
      protected override take(bytes: Uint8Array): Uint8Array {
        return bytes;
      }
    },
  },
  {
    defect: 'gives its own memory away',
    caughtBy: [
      'response bytes: a response that its receiver writes to is kept as it was',
      'response bytes: a response that a loser writes to is kept as it was',
      'response bytes: two callers get memory of their own',
    ],
    Store: class extends ReferenceStore {
      protected override give(bytes: Uint8Array): Uint8Array {
        return bytes;
      }
    },
  },
  {
    defect: 'keeps the response as UTF-8 text',
    caughtBy: ['response bytes: every byte value, alone and together', 'response bytes: a megabyte'],
    Store: class extends ReferenceStore {
      protected override take(bytes: Uint8Array): Uint8Array {
        return new TextEncoder().encode(Buffer.from(bytes).toString('utf8'));
      }
    },
  },
  {
    defect: 'drops the byte order mark',
    caughtBy: ['response bytes: bytes that look like a number, JSON, or a format of the store'],
    Store: class extends ReferenceStore {
      protected override take(bytes: Uint8Array): Uint8Array {
        const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
        return super.take(marked ? bytes.subarray(3) : bytes);
      }
    },
  },
  {
    defect: 'takes an empty response for none',
    caughtBy: ['response bytes: an empty response'],
    Store: class extends ReferenceStore {
      protected override describe(row: Row): StandingRecord {
        if (row.response?.length !== 0) return super.describe(row);
        return { state: 'in-progress', fingerprint: row.fingerprint, attempt: 1, leaseRemaining: 0 };
      }
    },
  },
  {
    defect: 'cuts a response at 64 KiB',
    caughtBy: ['response bytes: a megabyte'],
    Store: class extends ReferenceStore {
      protected override take(bytes: Uint8Array): Uint8Array {
        return bytes.slice(0, 65_536);
      }
    },
  },
  {
    defect: 'keeps the whole array when it is given a part',
    caughtBy: ['response bytes: a part of a larger array, and a Buffer'],
    Store: class extends ReferenceStore {
      protected override take(bytes: Uint8Array): Uint8Array {
        return new Uint8Array(bytes.buffer.slice(0));
      }
    },
  },
];

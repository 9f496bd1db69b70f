import type {
  AcquireResult,
  Claim,
  ClaimRef,
  Happened,
  LeaseRef,
} from '../../../lib/store/idempotency-store.js';
import type { BrokenStore } from './broken-store.js';
import { ReferenceStore } from './reference-store.js';
import type { Row } from './storage.js';

export const brokenToken: readonly BrokenStore[] = [
  {
    defect: 'keeps no tokens',
    caughtBy: [
      'release, by token: frees the record that the claim made',
      'release, by token: ends the lease at once when nobody knows what happened',
    ],
    Store: class extends ReferenceStore {
      protected override claimed(): boolean {
        return false;
      }
    },
  },
  {
    defect: 'takes any token for that of the owner',
    caughtBy: ['release, by token: is lost to a claim that did not get the lease'],
    Store: class extends ReferenceStore {
      protected override claimed(row: Row): boolean {
        return row.phase === 'open';
      }
    },
  },
  {
    defect: 'keeps the token of the last who asked',
    caughtBy: ['release, by token: is lost to a claim that did not get the lease'],
    Store: class extends ReferenceStore {
      protected override refuse(row: Row, claim: Claim): void {
        super.refuse(row, claim);
        row.token = claim.token;
      }
    },
  },
  {
    defect: 'looks at the beginning of a token',
    caughtBy: [
      'release, by token: is lost when the token is the fence in other words, or a part of the right one',
    ],
    Store: class extends ReferenceStore {
      protected override claimed(row: Row, ref: ClaimRef): boolean {
        return row.phase === 'open' && row.token.startsWith(ref.token);
      }
    },
  },
  {
    defect: 'takes a token for a number where it can',
    caughtBy: ['strings: tokens are told apart, whatever they look like'],
    Store: class extends ReferenceStore {
      protected override claimed(row: Row, ref: ClaimRef): boolean {
        const same = Number(row.token) === Number(ref.token);
        return super.claimed(row, ref) || (row.phase === 'open' && same);
      }
    },
  },
  {
    defect: 'keeps the token of the first attempt',
    caughtBy: [
      'release, by token: is lost to the attempt before, after a takeover, and is not to the one that took over',
    ],
    Store: class extends ReferenceStore {
      protected override takeOver(row: Row, claim: Claim): AcquireResult {
        return super.takeOver(row, { ...claim, token: row.token });
      }
    },
  },
  {
    defect: 'releases a completed record by its token',
    caughtBy: [
      'release, by token: is lost after completion, and leaves the response alone',
      'tombstone: has no owner: nobody extends, completes, releases or resolves it',
    ],
    Store: class extends ReferenceStore {
      protected override claimed(row: Row, ref: ClaimRef): boolean {
        return row.token === ref.token;
      }
    },
  },
  {
    defect: 'says released for a token that it never saw',
    caughtBy: ['release, by token: is lost when there never was a record'],
    Store: class extends ReferenceStore {
      override async release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
        return 'token' in ref && !this.read(ref.id) ? 'released' : super.release(ref, happened);
      }
    },
  },
];

import { FakeClock } from 'nestjs-idempotency/testing';
import { StoreGateway } from '../../../lib/engine/store-gateway.js';
import { Keyring } from '../../../lib/http/keyring.js';
import { recordId } from '../../../lib/http/record-id.js';
import { encodeResponse } from '../../../lib/http/recorded-response.js';
import { scopeTag } from '../../../lib/http/scope-tag.js';
import { RecordDesk } from '../../../lib/operations/record-desk.js';
import { scopeParts, type ScopeRef } from '../../../lib/operations/scope-ref.js';
import type { Claim } from '../../../lib/store/idempotency-store.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { FaultStore } from '../../support/fault-store.js';

export const ALICE = { user: 'alice' } as const;
export const LEASE = 1_000;
export const KEPT = { response: 10_000, tombstone: 50_000 };
export const WHO = { by: 'bob', why: 'asked the bank' };
export const NOT_APPLIED = { as: 'not-applied', ...WHO } as const;
export const BODY = Buffer.from('{"id":1}');
export const RESPONSE = encodeResponse({
  status: 201,
  headers: [['x-a', ['1', '2']]],
  body: BODY,
  kept: true,
});

/** A record desk on a memory store whose time stands still, and attempts as the library makes them. */
export class Desk {
  readonly clock = new FakeClock();
  readonly store = new FaultStore(new MemoryStore({ clock: this.clock.now }));
  readonly desk: RecordDesk;
  private tokens = 0;

  constructor(
    readonly keyring = new Keyring([]),
    readonly defaults = { ttl: KEPT.response, tombstone: KEPT.tombstone },
  ) {
    this.desk = new RecordDesk(new StoreGateway(this.store, 1_000), keyring, defaults);
  }

  /** An attempt on a key, as the library claims it. */
  async claim(key: string, scope: ScopeRef = ALICE, operation = 'Orders.pay', of: Partial<Claim> = {}) {
    const parts = scopeParts(scope);
    const claim: Claim = {
      id: recordId(parts, [operation], key),
      fingerprint: 'question',
      lease: LEASE,
      keep: 5_000,
      onLapse: 'uncertain',
      token: `t${++this.tokens}`,
      scope: scopeTag(parts, this.keyring.signing),
      operation,
      ...of,
    };
    const answer = await this.store.acquire(claim);
    if (answer.state !== 'acquired') throw new Error(`The key is ${answer.state}.`);
    return { id: claim.id, fence: answer.fence };
  }

  async completed(key: string, scope?: ScopeRef, operation?: string) {
    const ref = await this.claim(key, scope, operation);
    await this.store.complete(ref, RESPONSE, KEPT);
    return ref;
  }

  async uncertain(key: string, scope?: ScopeRef, operation?: string) {
    const ref = await this.claim(key, scope, operation);
    await this.store.release(ref, 'unknown');
    return ref;
  }
}

export const referencesOf = (records: readonly { reference: string }[]) =>
  records.map(({ reference }) => reference).sort();

// The life of a record that somebody waits for: what a client must be able to do, however it is set up.
import { randomBytes } from 'node:crypto';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import type {
  Acquired,
  Claim,
  IdempotencyStore,
  LeaseRef,
  RecordEntry,
  RecordQuery,
  Retention,
} from '../../lib/store/idempotency-store.js';

export const HOUR = 3_600_000;

/** Without a tombstone. */
export const KEPT: Retention = { response: HOUR, tombstone: 0 };

/** Bytes that are no text in any encoding. */
export const RESPONSE = new Uint8Array([0, 255, 254, 13, 10, 128, 0]);

/** A claim on a new record. */
export const claimOf = (id: string = randomBytes(16).toString('hex')): Claim => ({
  id,
  fingerprint: 'v1:fingerprint',
  lease: HOUR,
  keep: HOUR,
  onLapse: 'rerun',
  token: randomBytes(8).toString('hex'),
  scope: 'scope',
  operation: 'Orders.create POST /orders',
});

/** Acquires a new record. */
export async function begin(
  store: IdempotencyStore,
  changes: Partial<Claim> = {},
): Promise<{ claim: Claim; ref: LeaseRef }> {
  const claim = { ...claimOf(), ...changes };
  const answer = await store.acquire(claim);
  expect(answer).toMatchObject({ state: 'acquired', attempt: 1 });
  return { claim, ref: { id: claim.id, fence: (answer as Acquired).fence } };
}

/** What a store lists, on all pages. Every page keeps its limit, and has no id twice. */
export async function listed(
  store: IdempotencyStore,
  query: Partial<RecordQuery> = {},
): Promise<RecordEntry[]> {
  const { limit = 1_000 } = query;
  const { records, next } = await store.list({ ...query, limit });
  expect(records.length).toBeLessThanOrEqual(limit);
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  return next ? [...records, ...(await listed(store, { ...query, cursor: next }))] : [...records];
}

/** Watches, and resolves `told` when the store tells `wanted`, or, if that is not given, any id. */
export async function nextSettled(store: IdempotencyStore, wanted?: string) {
  let tell!: (id: string) => void;
  const told = new Promise<string>((resolve) => (tell = resolve));
  const unwatch = await store.watch!((id) => (wanted ?? id) === id && tell(id));
  return { told, unwatch };
}

/** Settles awaited records until one is `told`: what settles while a subscription is broken is not told. */
export async function settleUntil(told: Promise<string>, store: IdempotencyStore): Promise<void> {
  let heard = false;
  void told.then(() => (heard = true));
  while (!heard) {
    const settle = async () => {
      const { claim, ref } = await begin(store);
      await store.acquire({ ...claim, waiting: true });
      await store.release(ref, 'nothing');
    };
    await settle().catch((error: { code?: string }) => {
      if (error.code !== IdempotencyErrorCode.STORE_UNAVAILABLE) throw error;
    });
  }
}

/** Acquires, waits, extends, completes, is woken, replays. Returns the id. */
export async function roundTrip(store: IdempotencyStore): Promise<string> {
  const { claim, ref } = await begin(store);
  const { fingerprint } = claim;
  const { told, unwatch } = await nextSettled(store, claim.id);
  const waiting = await store.acquire({ ...claim, waiting: true });
  expect(waiting).toMatchObject({ state: 'in-progress', fingerprint, attempt: 1 });
  expect(await store.extend(ref, HOUR, HOUR)).toBe('held');
  expect(await store.complete(ref, RESPONSE, KEPT)).toEqual({ state: 'completed' });
  await told;
  expect(await store.acquire(claim)).toEqual({ state: 'completed', fingerprint, response: RESPONSE });
  expect(await store.release(ref, 'nothing')).toBe('lost');
  await unwatch();
  return claim.id;
}

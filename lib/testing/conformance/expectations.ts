import assert from 'node:assert/strict';

import type {
  Acquired,
  AcquireResult,
  Completed,
  CompleteResult,
  Effect,
  ResolveResult,
  StandingRecord,
  Uncertain,
} from '../../store/idempotency-store.js';

/** Bytes that are told apart easily. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Fails unless both hold the same bytes; says where they differ instead of printing a megabyte. */
export function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(ArrayBuffer.isView(actual), 'the response is not a Uint8Array');
  assert.equal(actual.byteLength, expected.byteLength, 'the response has another length');
  const at = expected.findIndex((byte, index) => actual[index] !== byte);
  assert.equal(at, -1, `the response differs at byte ${at}: ${actual[at]} instead of ${expected[at]}`);
}

/** Fails unless the effects are these, in this order; `undefined` is one that has only begun. */
export function expectEffects(
  actual: readonly Effect[] | undefined,
  expected: Readonly<Record<string, Uint8Array | undefined>>,
): void {
  const effects = actual ?? [];
  assert.deepEqual(
    effects.map(({ name }) => name),
    Object.keys(expected),
    'other effects, or in another order',
  );
  for (const { name, result } of effects) {
    const bytes = expected[name];
    assert.equal(result !== undefined, bytes !== undefined, `${name} ${bytes ? 'has no' : 'has a'} result`);
    if (result && bytes) expectBytes(result, bytes);
  }
}

/** Fails unless the lease was given. */
export function expectAcquired(result: AcquireResult): Acquired {
  assert.equal(result.state, 'acquired');
  assert.ok(Number.isSafeInteger(result.fence), `the fence ${result.fence} is not a safe integer`);
  return result;
}

/** What an `in-progress` answer must say. */
export interface ExpectedInProgress {
  readonly fingerprint: string;
  readonly attempt: number;
  /** The most that can remain of the lease, in ms; 0 for a lease that is over. */
  readonly lease: number;
}

/** Fails unless `result` says that the record is in progress, as `expected`. */
export function expectInProgress(
  result: AcquireResult | StandingRecord | undefined,
  expected: ExpectedInProgress,
): void {
  assert.equal(result?.state, 'in-progress');
  assert.equal(result.fingerprint, expected.fingerprint, 'the fingerprint is not the one kept at first');
  assert.equal(result.attempt, expected.attempt, 'another number of attempts');
  const { leaseRemaining } = result;
  assert.ok(Number.isInteger(leaseRemaining), `leaseRemaining ${leaseRemaining} is no whole number of ms`);
  assert.ok(leaseRemaining <= expected.lease, `leaseRemaining ${leaseRemaining} is too long`);
  assert.ok(leaseRemaining >= Math.min(expected.lease, 1), `leaseRemaining ${leaseRemaining}: not running`);
}

/** Fails unless `result` says that the record is completed with this response and fingerprint. */
export function expectCompleted(
  result: AcquireResult | StandingRecord | undefined,
  response: Uint8Array,
  fingerprint: string,
): Completed {
  assert.equal(result?.state, 'completed');
  assert.equal(result.fingerprint, fingerprint, 'the fingerprint is not the one kept at first');
  expectBytes(result.response, response);
  return result;
}

/** Fails unless `result` says that the record is uncertain; returns it for the fence to resolve it by. */
export function expectUncertain(
  result: AcquireResult | StandingRecord | undefined,
  expected: { readonly fingerprint: string; readonly attempt: number; readonly fence: number },
): Uncertain {
  assert.equal(result?.state, 'uncertain');
  assert.equal(result.fingerprint, expected.fingerprint, 'the fingerprint is not the one kept at first');
  assert.equal(result.attempt, expected.attempt, 'another number of attempts');
  assert.equal(result.fence, expected.fence, 'not the fence of the attempt that ended');
  return result;
}

/** Fails unless `result` says that the record is a tombstone with this fingerprint. */
export function expectExpired(result: AcquireResult | StandingRecord | undefined, fingerprint: string): void {
  assert.equal(result?.state, 'expired');
  assert.equal(result.fingerprint, fingerprint, 'the fingerprint is not the one kept at first');
}

/** Fails unless `complete` or `resolve` was refused; returns what stands there instead. */
export function expectLost(result: CompleteResult | ResolveResult): StandingRecord | undefined {
  assert.equal(result.state, 'lost');
  return result.record;
}

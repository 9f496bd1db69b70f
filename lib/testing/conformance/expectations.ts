import assert from 'node:assert/strict';

import type {
  Acquired,
  AcquireResult,
  Completed,
  CompleteResult,
  InProgress,
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
  result: AcquireResult | InProgress | Completed | undefined,
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
  result: AcquireResult | InProgress | Completed | undefined,
  response: Uint8Array,
  fingerprint: string,
): Completed {
  assert.equal(result?.state, 'completed');
  assert.equal(result.fingerprint, fingerprint, 'the fingerprint is not the one kept at first');
  expectBytes(result.response, response);
  return result;
}

/** Fails unless `complete` was refused; returns what stands there instead. */
export function expectLost(result: CompleteResult): InProgress | Completed | undefined {
  assert.equal(result.state, 'lost');
  return result.record;
}

import type { AcquireResult, InProgress } from '../store/idempotency-store.js';
import type { Enquiry } from './engine.js';

/** A lapsed record of the same request, fingerprinted by another version or with another secret. */
export function isSameInAnotherWay(
  answer: AcquireResult,
  { fingerprint, verify }: Enquiry,
): answer is InProgress {
  return (
    answer.state === 'in-progress' &&
    answer.leaseRemaining === 0 &&
    answer.fingerprint !== fingerprint &&
    verify(answer.fingerprint) === 'same'
  );
}

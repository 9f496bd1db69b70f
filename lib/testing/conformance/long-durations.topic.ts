import assert from 'node:assert/strict';

import { FINGERPRINT, OTHER_FINGERPRINT, SHORT, keptFor } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectCompleted, expectExpired, expectInProgress } from './expectations.js';

const DAY = 86_400_000;
/** 24.9 days are 2^31 ms, 49.7 days are 2^32 ms: where timers and 32-bit numbers overflow. */
const LENGTHS = [24, 25, 30, 49, 50, 60].map((days) => days * DAY);

/** Durations beyond what fits a 32-bit number of ms. */
export const longDurationsTopic: Topic = {
  title: 'long durations',
  checks: {
    'a lease of up to 60 days neither ends at once nor is cut': async (t) => {
      for (const lease of LENGTHS) {
        const { claim } = await t.begin({ lease, keep: lease });
        await t.elapse(1);
        const answer = await t.store.acquire(claim);
        expectInProgress(answer, { fingerprint: FINGERPRINT, attempt: 1, lease });
        assert.ok(answer.state === 'in-progress' && answer.leaseRemaining > lease - DAY, 'the lease is cut');
      }
    },

    'a lease extended by up to 60 days neither ends at once nor is cut': async (t) => {
      for (const lease of LENGTHS) {
        const { claim, ref } = await t.begin();
        assert.equal(await t.store.extend(ref, lease, lease), 'held');
        await t.elapse(1);
        const answer = await t.store.acquire(claim);
        expectInProgress(answer, { fingerprint: FINGERPRINT, attempt: 1, lease });
        assert.ok(answer.state === 'in-progress' && answer.leaseRemaining > lease - DAY, 'the lease is cut');
      }
    },

    'an in-progress record kept for up to 60 days does not vanish': async (t) => {
      const claims = await Promise.all(LENGTHS.map((keep) => t.begin({ lease: SHORT, keep })));
      await t.elapse(SHORT);
      for (const { claim } of claims) {
        const stranger = { ...claim, fingerprint: OTHER_FINGERPRINT };
        const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: 0 };
        expectInProgress(await t.store.acquire(stranger), expected);
      }
    },

    'a response retained for up to 60 days does not vanish': async (t) => {
      const response = bytesOf('for long');
      const attempts = await Promise.all(LENGTHS.map(() => t.begin()));
      for (const [i, { ref }] of attempts.entries()) {
        const result = await t.store.complete(ref, response, keptFor(LENGTHS[i] ?? 0));
        assert.equal(result.state, 'completed');
      }
      await t.elapse(1);
      for (const { claim } of attempts) {
        expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
      }
    },

    'a tombstone kept for up to 60 days does not vanish': async (t) => {
      const attempts = await Promise.all(LENGTHS.map(() => t.begin()));
      for (const [i, { ref }] of attempts.entries()) {
        await t.store.complete(ref, bytesOf('over'), keptFor(SHORT, LENGTHS[i]));
      }
      await t.elapse(SHORT);
      for (const { claim } of attempts) expectExpired(await t.store.acquire(claim), FINGERPRINT);
    },
  },
};

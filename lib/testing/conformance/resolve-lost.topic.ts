import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted } from './expectations.js';
import { expectInProgress, expectLost, expectUncertain } from './expectations.js';
import { appliedAs, notApplied } from './resolutions.js';

const response = bytesOf('the answer');
const running = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
const resolutions = [notApplied(), appliedAs(bytesOf('an intruder'))];

/** `resolve` where there is nothing to resolve. */
export const resolveLostTopic: Topic = {
  title: 'resolve, lost',
  checks: {
    'while the attempt runs, and leaves it alone': async (t) => {
      const { claim, ref } = await t.begin({ onLapse: 'uncertain' });
      for (const resolution of resolutions) {
        expectInProgress(expectLost(await t.store.resolve(ref, resolution)), running);
      }
      expectInProgress(await t.store.acquire(claim), running);
      assert.equal(await t.store.extend(ref, LONG, LONG), 'held');
    },

    'while the attempt runs again, after it was uncertain': async (t) => {
      const { ref } = await t.beginUncertain();
      await t.store.extend(ref, LONG, LONG);
      expectInProgress(expectLost(await t.store.resolve(ref, notApplied())), running);
    },

    'where the next claim runs again anyway': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'unknown');
      for (const resolution of resolutions) {
        expectInProgress(expectLost(await t.store.resolve(ref, resolution)), { ...running, lease: 0 });
      }
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 2);
    },

    'to any other fence, and leaves the record uncertain': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const expected = { fingerprint: FINGERPRINT, attempt: 1, fence: ref.fence };
      for (const fence of [ref.fence + 1, ref.fence - 1, 0]) {
        for (const resolution of resolutions) {
          expectUncertain(expectLost(await t.store.resolve({ ...ref, fence }, resolution)), expected);
        }
      }
      expectUncertain(await t.store.acquire(claim), expected);
    },

    "when the attempt completed meanwhile: the attempt's response stays": async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.complete(ref, response, KEPT);
      for (const resolution of resolutions) {
        expectCompleted(expectLost(await t.store.resolve(ref, resolution)), response, FINGERPRINT);
      }
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'when somebody else resolved it': async (t) => {
      const [applied, nothing] = [await t.beginUncertain(), await t.beginUncertain()];
      await t.store.resolve(applied.ref, appliedAs(response));
      await t.store.resolve(nothing.ref, notApplied());
      for (const resolution of resolutions) {
        expectCompleted(expectLost(await t.store.resolve(applied.ref, resolution)), response, FINGERPRINT);
        const record = expectLost(await t.store.resolve(nothing.ref, resolution));
        assert.deepEqual(record, { state: 'not-applied', fingerprint: FINGERPRINT, attempt: 1 });
      }
    },

    'when there is no record, and makes none': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.release(ref, 'nothing');
      for (const resolution of resolutions) {
        assert.equal(expectLost(await t.store.resolve(ref, resolution)), undefined);
      }
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },

    'or the attempt is, when it completes at the same moment': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const peer = await t.peer();
      const [resolution, completion] = await Promise.all([
        peer.resolve(ref, notApplied()),
        t.store.complete(ref, response, KEPT),
      ]);
      assert.equal(resolution.state === 'resolved', completion.state === 'lost');
      const next = await t.store.acquire(claim);
      if (completion.state === 'lost') assert.equal(expectAcquired(next).attempt, 2);
      else expectCompleted(next, response, FINGERPRINT);
    },
  },
};

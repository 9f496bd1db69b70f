import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted } from './expectations.js';
import { expectInProgress, expectUncertain } from './expectations.js';
import { notApplied } from './resolutions.js';

/** What `capabilities.durable` promises: records survive a restart of the application. */
export const durableTopic: Topic = {
  title: 'after a restart (of stores that are durable)',
  needs: 'durable',
  checks: {
    'a completed record is still completed': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, bytesOf('survives'), KEPT);
      await t.close();
      const restarted = await t.another();
      expectCompleted(await restarted.acquire(claim), bytesOf('survives'), FINGERPRINT);
    },

    'a record in progress is still in progress, and its owner can complete it': async (t) => {
      const { claim, ref } = await t.begin();
      await t.close();
      const restarted = await t.another();
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
      expectInProgress(await restarted.acquire(claim), expected);
      assert.equal((await restarted.complete(ref, bytesOf('late'), KEPT)).state, 'completed');
    },

    'an uncertain record is still uncertain, and can be resolved': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.close();
      const restarted = await t.another();
      const expected = { fingerprint: FINGERPRINT, attempt: 1, fence: ref.fence };
      expectUncertain(await restarted.acquire(claim), expected);
      assert.equal((await restarted.resolve(ref, notApplied())).state, 'resolved');
      assert.equal(expectAcquired(await restarted.acquire(claim)).attempt, 2);
    },
  },
};

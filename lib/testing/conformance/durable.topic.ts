import assert from 'node:assert/strict';

import { FINGERPRINT, LONG } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectCompleted, expectInProgress } from './expectations.js';

/** What `capabilities.durable` promises: records survive a restart of the application. */
export const durableTopic: Topic = {
  title: 'after a restart (of stores that are durable)',
  needs: 'durable',
  checks: {
    'a completed record is still completed': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, bytesOf('survives'), LONG);
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
      assert.equal((await restarted.complete(ref, bytesOf('late'), LONG)).state, 'completed');
    },
  },
};

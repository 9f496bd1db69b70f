import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress } from './expectations.js';

/** What `capabilities.shared` promises: several processes see the same records. */
export const sharedTopic: Topic = {
  title: 'between processes (of stores that are shared)',
  needs: 'shared',
  checks: {
    'a record made by one is in progress for the other': async (t) => {
      const { claim } = await t.begin();
      const other = await t.another();
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
      expectInProgress(await other.acquire(claim), expected);
    },

    'a record completed by one is completed for the other': async (t) => {
      const { claim, ref } = await t.begin();
      const other = await t.another();
      await t.store.complete(ref, bytesOf('seen'), KEPT);
      expectCompleted(await other.acquire(claim), bytesOf('seen'), FINGERPRINT);
    },

    'a record released by one is free for the other': async (t) => {
      const { claim, ref } = await t.begin();
      const other = await t.another();
      await t.store.release(ref, 'nothing');
      expectAcquired(await other.acquire(claim));
    },

    'the right to a record is the fence, whichever process brings it': async (t) => {
      const { claim, ref } = await t.begin();
      const other = await t.another();
      assert.equal(await other.extend(ref, LONG, LONG), 'held');
      assert.equal((await other.complete(ref, bytesOf('moved'), KEPT)).state, 'completed');
      expectCompleted(await t.store.acquire(claim), bytesOf('moved'), FINGERPRINT);
    },
  },
};

import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT, SHORT, keptFor } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress, expectLost } from './expectations.js';

/** `extend` renews the owner's lease. */
export const extendTopic: Topic = {
  title: 'extend',
  checks: {
    'keeps others out after the first lease would have ended': async (t) => {
      const { claim, ref } = await t.begin({ lease: SHORT });
      assert.equal(await t.store.extend(ref, LONG, LONG), 'held');
      await t.elapse(SHORT);
      const peer = await t.peer();
      expectInProgress(await peer.acquire(claim), { fingerprint: FINGERPRINT, attempt: 1, lease: LONG });
    },

    'sets the end of the lease from now on, and does not add to it': async (t) => {
      const { claim, ref } = await t.begin();
      assert.equal(await t.store.extend(ref, LONG / 10, LONG), 'held');
      assert.equal(await t.store.extend(ref, LONG / 10, LONG), 'held');
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG / 10 };
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'ends the lease it gave': async (t) => {
      const { claim, ref } = await t.begin();
      assert.equal(await t.store.extend(ref, SHORT, LONG), 'held');
      await t.elapse(SHORT);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 2);
    },

    'is held when the lease had lapsed and nobody took it over': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      assert.equal(await t.store.extend(ref, LONG, LONG), 'held');
      const peer = await t.peer();
      expectInProgress(await peer.acquire(claim), { fingerprint: FINGERPRINT, attempt: 1, lease: LONG });
    },

    'is held for the new owner after a takeover': async (t) => {
      const { winner } = await t.beginAndLose();
      assert.equal(await t.store.extend(winner.ref, LONG, LONG), 'held');
    },

    'keeps the record at least as long as it says': (t) =>
      t.inTime(async (ms) => {
        const { ref } = await t.begin({ lease: ms, keep: ms });
        if ((await t.store.extend(ref, 1, LONG)) === 'lost') return false;
        await t.elapse(ms);
        assert.equal((await t.store.complete(ref, bytesOf('late'), KEPT)).state, 'completed');
        return true;
      }),

    'is lost to a stale owner, and leaves the new one alone': async (t) => {
      const { stale, winner } = await t.beginAndLose();
      assert.equal(await t.store.extend(stale.ref, 2 * LONG, 2 * LONG), 'lost');
      const expected = { fingerprint: FINGERPRINT, attempt: 2, lease: LONG };
      expectInProgress(await t.store.acquire(winner.claim), expected);
    },

    'is lost when the record is completed, and leaves it alone': async (t) => {
      const { claim, ref } = await t.begin();
      const response = bytesOf('finished');
      await t.store.complete(ref, response, KEPT);
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'does not prolong the retention of a completed record': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, bytesOf('short-lived'), keptFor(SHORT));
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      await t.elapse(SHORT);
      expectAcquired(await t.store.acquire({ ...claim, fingerprint: OTHER_FINGERPRINT }));
    },

    'is lost when the record was released, and makes none': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'nothing');
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      expectAcquired(await t.store.acquire({ ...claim, fingerprint: OTHER_FINGERPRINT }));
    },

    'is lost when there never was a record, and makes none': async (t) => {
      const ref = { id: t.newId(), fence: 1 };
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      assert.equal(expectLost(await t.store.complete(ref, bytesOf('from nowhere'), KEPT)), undefined);
    },
  },
};

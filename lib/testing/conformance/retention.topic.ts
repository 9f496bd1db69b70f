import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT, SHORT, keptFor } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress, expectLost } from './expectations.js';

const response = bytesOf('kept');

/** Lease, keep and retention are three different durations. */
export const retentionTopic: Topic = {
  title: 'keep and retention',
  checks: {
    'a completed record is absent when its retention is over, though its keep is not': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, response, keptFor(SHORT));
      await t.elapse(SHORT);
      const peer = await t.peer();
      const next = { ...claim, fingerprint: OTHER_FINGERPRINT };
      assert.equal(expectAcquired(await peer.acquire(next)).attempt, 1);
      const expected = { fingerprint: OTHER_FINGERPRINT, attempt: 1, lease: LONG };
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'a completed record outlives its lease and its keep': (t) =>
      t.inTime(async (ms) => {
        const { claim, ref } = await t.begin({ lease: ms, keep: ms });
        if ((await t.store.complete(ref, response, KEPT)).state === 'lost') return false;
        await t.elapse(ms);
        expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
        return true;
      }),

    'the retention counts from the completion': (t) =>
      t.inTime(async (ms) => {
        const { claim, ref } = await t.begin();
        await t.elapse(ms);
        await t.store.complete(ref, response, keptFor(2 * ms));
        await t.elapse(ms);
        const result = await t.store.acquire(claim);
        if (result.state === 'acquired') return false;
        expectCompleted(result, response, FINGERPRINT);
        return true;
      }),

    'an in-progress record is kept after its lease': async (t) => {
      const { claim } = await t.beginAndLapse();
      const stranger = { ...claim, fingerprint: OTHER_FINGERPRINT };
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: 0 };
      expectInProgress(await t.store.acquire(stranger), expected);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 2);
    },

    'an in-progress record is absent when its keep is over': async (t) => {
      const { claim, ref } = await t.begin({ lease: SHORT, keep: SHORT });
      await t.elapse(SHORT);
      assert.equal(expectLost(await t.store.complete(ref, response, KEPT)), undefined);
      const next = { ...claim, fingerprint: OTHER_FINGERPRINT };
      assert.equal(expectAcquired(await t.store.acquire(next)).attempt, 1);
    },

    'nobody can extend or release a record whose keep is over': async (t) => {
      const { ref } = await t.begin({ lease: SHORT, keep: SHORT });
      await t.elapse(SHORT);
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      assert.equal(await t.store.release(ref, 'nothing'), 'lost');
    },
  },
};

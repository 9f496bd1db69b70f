import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, SHORT, keptFor } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectLost } from './expectations.js';

const response = bytesOf('the answer');

/** `complete` by the owner. */
export const completeTopic: Topic = {
  title: 'complete',
  checks: {
    'finishes the record of its owner': async (t) => {
      const { claim, ref } = await t.begin();
      assert.equal((await t.store.complete(ref, response, KEPT)).state, 'completed');
      const peer = await t.peer();
      expectCompleted(await peer.acquire(claim), response, FINGERPRINT);
    },

    'finishes after the lease is over, when nobody took it over': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      assert.equal((await t.store.complete(ref, response, KEPT)).state, 'completed');
      const peer = await t.peer();
      expectCompleted(await peer.acquire(claim), response, FINGERPRINT);
    },

    'finishes after the lease was extended': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.extend(ref, LONG, LONG);
      assert.equal((await t.store.complete(ref, response, KEPT)).state, 'completed');
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'a finished record never passes to anybody, though its lease is over': async (t) => {
      const { claim, ref } = await t.begin({ lease: SHORT });
      assert.equal((await t.store.complete(ref, response, KEPT)).state, 'completed');
      await t.elapse(SHORT);
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'answers completed again to the fence that completed, and keeps the first response': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, response, KEPT);
      const peer = await t.peer();
      for (const store of [t.store, peer]) {
        assert.equal((await store.complete(ref, bytesOf('another answer'), KEPT)).state, 'completed');
        expectCompleted(await store.acquire(claim), response, FINGERPRINT);
      }
    },

    'answers completed again also after a takeover and a late start': async (t) => {
      const { winner } = await t.beginAndLose();
      await t.store.complete(winner.ref, response, KEPT);
      assert.equal((await t.store.complete(winner.ref, bytesOf('x'), KEPT)).state, 'completed');
      expectCompleted(await t.store.acquire(winner.claim), response, FINGERPRINT);
    },

    'does not prolong the retention when repeated': (t) =>
      t.inTime(async (ms) => {
        const { claim, ref } = await t.begin();
        await t.store.complete(ref, response, keptFor(ms));
        if ((await t.store.complete(ref, response, KEPT)).state !== 'completed') return false;
        await t.elapse(ms);
        expectAcquired(await t.store.acquire(claim));
        return true;
      }),

    'is lost when repeated after the retention, and makes no record': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, response, keptFor(SHORT));
      await t.elapse(SHORT);
      assert.equal(expectLost(await t.store.complete(ref, response, KEPT)), undefined);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },
  },
};

import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT, keptFor } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress } from './expectations.js';

const running = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };

/** `acquire` on a record that is absent, in progress or completed. */
export const acquireTopic: Topic = {
  title: 'acquire',
  checks: {
    'makes a record where there is none: attempt 1': async (t) => {
      assert.equal((await t.begin()).attempt, 1);
    },

    'answers in-progress while the lease runs, to everybody': async (t) => {
      const { claim } = await t.begin();
      const peer = await t.peer();
      expectInProgress(await t.store.acquire(claim), running);
      expectInProgress(await peer.acquire(claim), running);
    },

    'tells the kept fingerprint, not that of the question, while in progress': async (t) => {
      const { claim } = await t.begin();
      const peer = await t.peer();
      expectInProgress(await peer.acquire({ ...claim, fingerprint: OTHER_FINGERPRINT }), running);
      expectInProgress(await t.store.acquire(claim), running);
    },

    'changes nothing when it finds a running lease: not its end, not its owner': async (t) => {
      const { claim, ref } = await t.begin();
      const peer = await t.peer();
      const greedy = { ...claim, lease: 10 * LONG, keep: 10 * LONG };
      for (let i = 0; i < 3; i++) expectInProgress(await peer.acquire(greedy), running);
      const response = bytesOf('by the first owner');
      assert.equal((await t.store.complete(ref, response, KEPT)).state, 'completed');
      expectCompleted(await peer.acquire(claim), response, FINGERPRINT);
    },

    'changes nothing when the caller waits, either': async (t) => {
      const { claim, ref } = await t.begin();
      const peer = await t.peer();
      expectInProgress(await peer.acquire({ ...claim, waiting: true }), running);
      expectInProgress(await t.store.acquire(claim), running);
      assert.equal(await t.store.extend(ref, LONG, LONG), 'held');
    },

    'answers completed with the response, to everybody and every time': async (t) => {
      const { claim, ref } = await t.begin();
      const response = bytesOf('{"id":1}');
      await t.store.complete(ref, response, KEPT);
      const peer = await t.peer();
      for (const store of [t.store, peer, t.store, peer]) {
        expectCompleted(await store.acquire(claim), response, FINGERPRINT);
      }
    },

    'tells the kept fingerprint, not that of the question, when completed': async (t) => {
      const { claim, ref } = await t.begin();
      const response = bytesOf('kept');
      await t.store.complete(ref, response, KEPT);
      const stranger = { ...claim, fingerprint: OTHER_FINGERPRINT };
      expectCompleted(await t.store.acquire(stranger), response, FINGERPRINT);
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'does not prolong the retention of a completed record': (t) =>
      t.inTime(async (ms) => {
        const { claim, ref } = await t.begin();
        await t.store.complete(ref, bytesOf('short-lived'), keptFor(ms));
        if ((await t.store.acquire(claim)).state !== 'completed') return false;
        await t.elapse(ms);
        expectAcquired(await t.store.acquire(claim));
        return true;
      }),
  },
};

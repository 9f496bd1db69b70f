import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT, SHORT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress, expectLost } from './expectations.js';

const response = bytesOf('the winner');
const intruder = bytesOf('an intruder');

/** `complete` by anybody but the owner. */
export const completeLostTopic: Topic = {
  title: 'complete, lost',
  checks: {
    'tells a stale owner that another attempt runs': async (t) => {
      const { stale } = await t.beginAndLose();
      const record = expectLost(await t.store.complete(stale.ref, intruder, KEPT));
      expectInProgress(record, { fingerprint: FINGERPRINT, attempt: 2, lease: LONG });
    },

    'leaves the running attempt its record': async (t) => {
      const { stale, winner } = await t.beginAndLose();
      await t.store.complete(stale.ref, intruder, KEPT);
      const peer = await t.peer();
      assert.equal((await peer.complete(winner.ref, response, KEPT)).state, 'completed');
      expectCompleted(await t.store.acquire(stale.claim), response, FINGERPRINT);
    },

    'tells a stale owner that the other attempt is late, too': async (t) => {
      const { stale } = await t.beginAndLose({ lease: SHORT });
      await t.elapse(SHORT);
      const record = expectLost(await t.store.complete(stale.ref, intruder, KEPT));
      expectInProgress(record, { fingerprint: FINGERPRINT, attempt: 2, lease: 0 });
    },

    "gives a stale owner the winner's response": async (t) => {
      const { stale, winner } = await t.beginAndLose();
      const peer = await t.peer();
      await peer.complete(winner.ref, response, KEPT);
      const record = expectLost(await t.store.complete(stale.ref, intruder, KEPT));
      expectCompleted(record, response, FINGERPRINT);
      expectCompleted(await t.store.acquire(stale.claim), response, FINGERPRINT);
    },

    'a completed record is not changed by any other fence': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, response, KEPT);
      for (const fence of [ref.fence + 1, ref.fence - 1, 0]) {
        const record = expectLost(await t.store.complete({ ...ref, fence }, intruder, KEPT));
        expectCompleted(record, response, FINGERPRINT);
      }
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'a running record is not completed by any other fence': async (t) => {
      const { claim, ref } = await t.begin();
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
      for (const fence of [ref.fence + 1, ref.fence - 1, 0]) {
        expectInProgress(expectLost(await t.store.complete({ ...ref, fence }, intruder, KEPT)), expected);
      }
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'is lost after a release, with no record, and makes none': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'nothing');
      assert.equal(expectLost(await t.store.complete(ref, intruder, KEPT)), undefined);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },

    'is lost after a release to the attempt that came next': async (t) => {
      const { ref } = await t.begin();
      await t.store.release(ref, 'nothing');
      await t.begin({ id: ref.id, fingerprint: OTHER_FINGERPRINT });
      const record = expectLost(await t.store.complete(ref, intruder, KEPT));
      expectInProgress(record, { fingerprint: OTHER_FINGERPRINT, attempt: 1, lease: LONG });
    },

    'is lost when there never was a record, and makes none': async (t) => {
      const claim = t.claim();
      const ref = { id: claim.id, fence: 1 };
      assert.equal(expectLost(await t.store.complete(ref, intruder, KEPT)), undefined);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },
  },
};

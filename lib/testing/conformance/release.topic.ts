import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress } from './expectations.js';

/** `release` gives a record up. */
export const releaseTopic: Topic = {
  title: 'release',
  checks: {
    'frees the record at once, as if the attempt had never been': async (t) => {
      const { claim, ref } = await t.begin();
      assert.equal(await t.store.release(ref, 'nothing'), 'released');
      const peer = await t.peer();
      assert.equal(expectAcquired(await peer.acquire(claim)).attempt, 1);
    },

    'forgets the fingerprint': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'nothing');
      const next = { ...claim, fingerprint: OTHER_FINGERPRINT };
      assert.equal(expectAcquired(await t.store.acquire(next)).attempt, 1);
      const expected = { fingerprint: OTHER_FINGERPRINT, attempt: 1, lease: LONG };
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'forgets the attempts before, after a takeover': async (t) => {
      const { winner } = await t.beginAndLose();
      assert.equal(await t.store.release(winner.ref, 'nothing'), 'released');
      assert.equal(expectAcquired(await t.store.acquire(winner.claim)).attempt, 1);
    },

    'works after the lease is over, when nobody took it over': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      assert.equal(await t.store.release(ref, 'nothing'), 'released');
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },

    'is lost to a stale owner, and leaves the running attempt alone': async (t) => {
      const { stale, winner } = await t.beginAndLose();
      assert.equal(await t.store.release(stale.ref, 'nothing'), 'lost');
      const expected = { fingerprint: FINGERPRINT, attempt: 2, lease: LONG };
      expectInProgress(await t.store.acquire(winner.claim), expected);
      assert.equal(await t.store.extend(winner.ref, LONG, LONG), 'held');
    },

    "is lost to a stale owner, and leaves the winner's response alone": async (t) => {
      const { stale, winner } = await t.beginAndLose();
      const response = bytesOf('winner');
      await t.store.complete(winner.ref, response, KEPT);
      assert.equal(await t.store.release(stale.ref, 'nothing'), 'lost');
      expectCompleted(await t.store.acquire(stale.claim), response, FINGERPRINT);
    },

    'is lost after completion, and leaves the response alone': async (t) => {
      const { claim, ref } = await t.begin();
      const response = bytesOf('done');
      await t.store.complete(ref, response, KEPT);
      assert.equal(await t.store.release(ref, 'nothing'), 'lost');
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'is lost when repeated': async (t) => {
      const { ref } = await t.begin();
      assert.equal(await t.store.release(ref, 'nothing'), 'released');
      assert.equal(await t.store.release(ref, 'nothing'), 'lost');
    },

    'is lost when repeated after somebody else began': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'nothing');
      await t.begin({ id: ref.id });
      assert.equal(await t.store.release(ref, 'nothing'), 'lost');
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'is lost when there never was a record': async (t) => {
      assert.equal(await t.store.release({ id: t.newId(), fence: 1 }, 'nothing'), 'lost');
    },
  },
};

import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT, SHORT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress } from './expectations.js';

const lapsed = { fingerprint: FINGERPRINT, attempt: 1, lease: 0 };

/** `acquire` on a record whose lease is over. */
export const takeoverTopic: Topic = {
  title: 'takeover',
  checks: {
    'passes a lease that is over to the next caller, with a greater fence and the next attempt': async (
      t,
    ) => {
      const { stale, winner } = await t.beginAndLose();
      assert.equal(winner.attempt, 2);
      assert.ok(winner.ref.fence > stale.ref.fence, `${winner.ref.fence} is not above ${stale.ref.fence}`);
    },

    'gives the new owner its own whole lease': async (t) => {
      const { winner } = await t.beginAndLose();
      const expected = { fingerprint: FINGERPRINT, attempt: 2, lease: LONG };
      expectInProgress(await t.store.acquire(winner.claim), expected);
    },

    'counts every attempt': async (t) => {
      const { claim } = await t.beginAndLapse();
      for (const attempt of [2, 3]) {
        assert.equal(expectAcquired(await t.store.acquire({ ...claim, lease: SHORT })).attempt, attempt);
        await t.elapse(SHORT);
      }
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 4);
    },

    'lets the new owner complete': async (t) => {
      const { winner } = await t.beginAndLose();
      const response = bytesOf('second attempt');
      const peer = await t.peer();
      assert.equal((await peer.complete(winner.ref, response, KEPT)).state, 'completed');
      expectCompleted(await t.store.acquire(winner.claim), response, FINGERPRINT);
    },

    'is refused to another fingerprint: in-progress with nothing left of the lease': async (t) => {
      const { claim } = await t.beginAndLapse();
      const peer = await t.peer();
      expectInProgress(await peer.acquire({ ...claim, fingerprint: OTHER_FINGERPRINT }), lapsed);
    },

    'changes nothing when refused to another fingerprint': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      const stranger = { ...claim, fingerprint: OTHER_FINGERPRINT, lease: LONG };
      for (let i = 0; i < 2; i++) expectInProgress(await t.store.acquire(stranger), lapsed);
      assert.equal(await t.store.extend(ref, SHORT, LONG), 'held');
      await t.elapse(SHORT);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 2);
    },

    'keeps the first fingerprint': async (t) => {
      const { winner } = await t.beginAndLose();
      const stranger = { ...winner.claim, fingerprint: OTHER_FINGERPRINT };
      const expected = { fingerprint: FINGERPRINT, attempt: 2, lease: LONG };
      expectInProgress(await t.store.acquire(stranger), expected);
    },

    'keeps the record for the keep of the new owner': (t) =>
      t.inTime(async (ms) => {
        const { claim } = await t.beginAndLapse({ keep: SHORT + ms });
        const second = await t.store.acquire({ ...claim, lease: 1, keep: LONG });
        if (second.state === 'acquired' && second.attempt === 1) return false;
        await t.elapse(SHORT + ms);
        assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 3);
        return true;
      }),
  },
};

import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted } from './expectations.js';
import { expectInProgress, expectUncertain } from './expectations.js';

const running = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };

/** `release` by who does not know its fence, because the answer to its claim was lost. */
export const releaseByTokenTopic: Topic = {
  title: 'release, by token',
  checks: {
    'frees the record that the claim made': async (t) => {
      const { claim } = await t.begin();
      const peer = await t.peer();
      assert.equal(await peer.release({ id: claim.id, token: claim.token }, 'nothing'), 'released');
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },

    'ends the lease at once when nobody knows what happened': async (t) => {
      const { claim, ref } = await t.begin({ onLapse: 'uncertain' });
      assert.equal(await t.store.release({ id: claim.id, token: claim.token }, 'unknown'), 'released');
      const expected = { fingerprint: FINGERPRINT, attempt: 1, fence: ref.fence };
      expectUncertain(await t.store.acquire(claim), expected);
    },

    'is lost to a claim that did not get the lease': async (t) => {
      const { claim } = await t.begin();
      const other = { ...claim, token: t.newId() };
      expectInProgress(await t.store.acquire(other), running);
      assert.equal(await t.store.release({ id: claim.id, token: other.token }, 'nothing'), 'lost');
      expectInProgress(await t.store.acquire(claim), running);
    },

    'is lost when the token is the fence in other words, or a part of the right one': async (t) => {
      const { claim, ref } = await t.begin();
      for (const token of [String(ref.fence), claim.token.slice(0, -1), `${claim.token}0`]) {
        assert.equal(await t.store.release({ id: claim.id, token }, 'nothing'), 'lost');
      }
      expectInProgress(await t.store.acquire(claim), running);
    },

    'is lost to the attempt before, after a takeover, and is not to the one that took over': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'unknown');
      const winner = await t.begin({ ...claim, token: t.newId() });
      assert.equal(await t.store.release({ id: claim.id, token: claim.token }, 'nothing'), 'lost');
      expectInProgress(await t.store.acquire(claim), { ...running, attempt: 2 });
      const { token } = winner.claim;
      assert.equal(await t.store.release({ id: claim.id, token }, 'nothing'), 'released');
    },

    'is lost after completion, and leaves the response alone': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, bytesOf('done'), KEPT);
      for (const happened of ['nothing', 'unknown'] as const) {
        assert.equal(await t.store.release({ id: claim.id, token: claim.token }, happened), 'lost');
      }
      expectCompleted(await t.store.acquire(claim), bytesOf('done'), FINGERPRINT);
    },

    'is lost when there never was a record': async (t) => {
      assert.equal(await t.store.release({ id: t.newId(), token: t.newId() }, 'nothing'), 'lost');
    },
  },
};

import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted } from './expectations.js';
import { expectInProgress, expectUncertain } from './expectations.js';

const first = { fingerprint: FINGERPRINT, attempt: 1 };

/** `release` of an attempt that does not know what happened. */
export const releaseUnknownTopic: Topic = {
  title: 'release, unknown',
  checks: {
    'ends the lease at once: uncertain, where the record says so': async (t) => {
      const { claim, ref } = await t.begin({ onLapse: 'uncertain' });
      assert.equal(await t.store.release(ref, 'unknown'), 'released');
      const peer = await t.peer();
      expectUncertain(await peer.acquire(claim), { ...first, fence: ref.fence });
    },

    'ends the lease at once: the next claim runs, where nobody says so': async (t) => {
      const { claim, ref } = await t.begin();
      assert.equal(await t.store.release(ref, 'unknown'), 'released');
      const peer = await t.peer();
      const next = expectAcquired(await peer.acquire(claim));
      assert.equal(next.attempt, 2, 'the attempt before is forgotten');
      assert.ok(next.fence > ref.fence, `${next.fence} is not above ${ref.fence}`);
    },

    'keeps the fingerprint': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'unknown');
      const stranger = { ...claim, fingerprint: OTHER_FINGERPRINT };
      expectInProgress(await t.store.acquire(stranger), { ...first, lease: 0 });
    },

    'is lost to a stale owner, and leaves the running attempt alone': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'unknown');
      await t.begin({ ...claim, token: t.newId() });
      assert.equal(await t.store.release(ref, 'unknown'), 'lost');
      const expected = { fingerprint: FINGERPRINT, attempt: 2, lease: LONG };
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'is lost after completion, and leaves the response alone': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, bytesOf('done'), KEPT);
      assert.equal(await t.store.release(ref, 'unknown'), 'lost');
      expectCompleted(await t.store.acquire(claim), bytesOf('done'), FINGERPRINT);
    },
  },
};

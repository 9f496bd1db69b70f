import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT, SHORT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted } from './expectations.js';
import { expectInProgress, expectLost, expectUncertain } from './expectations.js';

const first = { fingerprint: FINGERPRINT, attempt: 1 };

/** A record whose lease is over, and that must not run again. */
export const uncertainTopic: Topic = {
  title: 'uncertain',
  checks: {
    'is not a record whose lease runs': async (t) => {
      const { claim } = await t.begin({ onLapse: 'uncertain' });
      expectInProgress(await t.store.acquire(claim), { ...first, lease: LONG });
    },

    'is a record whose lease is over, for everybody and every time': async (t) => {
      const { claim, ref } = await t.beginAndLapse({ onLapse: 'uncertain' });
      const peer = await t.peer();
      for (const store of [t.store, peer, t.store]) {
        expectUncertain(await store.acquire(claim), { ...first, fence: ref.fence });
      }
    },

    'is so for a claim that would run it again, when the record says so': async (t) => {
      const { claim, ref } = await t.beginAndLapse({ onLapse: 'uncertain' });
      const answer = await t.store.acquire({ ...claim, onLapse: 'rerun' });
      expectUncertain(answer, { ...first, fence: ref.fence });
    },

    'is so for a claim that says so, when the record does not; and changes nothing': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      const answer = await t.store.acquire({ ...claim, onLapse: 'uncertain' });
      expectUncertain(answer, { ...first, fence: ref.fence });
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 2);
    },

    'tells the kept fingerprint, not that of the question': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const answer = await t.store.acquire({ ...claim, fingerprint: OTHER_FINGERPRINT });
      expectUncertain(answer, { ...first, fence: ref.fence });
    },

    'is kept when its keep is over': async (t) => {
      const { claim, ref } = await t.begin({ onLapse: 'uncertain', lease: SHORT, keep: SHORT });
      await t.elapse(SHORT);
      expectUncertain(await t.store.acquire(claim), { ...first, fence: ref.fence });
      assert.equal((await t.store.complete(ref, bytesOf('late'), KEPT)).state, 'completed');
    },

    'is kept when the keep of an extension is over': async (t) => {
      const { claim, ref } = await t.begin({ onLapse: 'uncertain' });
      assert.equal(await t.store.extend(ref, SHORT, SHORT), 'held');
      await t.elapse(SHORT);
      expectUncertain(await t.store.acquire(claim), { ...first, fence: ref.fence });
    },

    'ends when its attempt completes after all': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const peer = await t.peer();
      assert.equal((await peer.complete(ref, bytesOf('late'), KEPT)).state, 'completed');
      expectCompleted(await t.store.acquire(claim), bytesOf('late'), FINGERPRINT);
    },

    'is in progress again when its attempt extends the lease': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      assert.equal(await t.store.extend(ref, LONG, LONG), 'held');
      expectInProgress(await t.store.acquire(claim), { ...first, lease: LONG });
    },

    'is free when its attempt says that nothing happened': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      assert.equal(await t.store.release(ref, 'nothing'), 'released');
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },

    'is told to any other attempt that completes': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const stale = { ...ref, fence: ref.fence - 1 };
      const record = expectLost(await t.store.complete(stale, bytesOf('intruder'), KEPT));
      expectUncertain(record, { ...first, fence: ref.fence });
      expectUncertain(await t.store.acquire(claim), { ...first, fence: ref.fence });
    },
  },
};

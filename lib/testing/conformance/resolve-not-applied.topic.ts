import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT, SHORT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectInProgress, expectLost, expectUncertain } from './expectations.js';
import { notApplied, NOTE } from './resolutions.js';

/** `resolve` of an attempt that did nothing. */
export const resolveNotAppliedTopic: Topic = {
  title: 'resolve, as not applied',
  checks: {
    'lets the next claim run, as the next attempt and with a greater fence': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const peer = await t.peer();
      assert.deepEqual(await peer.resolve(ref, notApplied()), { state: 'resolved' });
      const next = expectAcquired(await t.store.acquire(claim));
      assert.equal(next.attempt, 2, 'the attempt before is forgotten');
      assert.ok(next.fence > ref.fence, `${next.fence} is not above ${ref.fence}`);
      const expected = { fingerprint: FINGERPRINT, attempt: 2, lease: LONG };
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'lets only one claim run': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.resolve(ref, notApplied());
      const peer = await t.peer();
      const claims = Array.from({ length: 10 }, (_, i) => (i % 2 ? peer : t.store).acquire(claim));
      const acquired = (await Promise.all(claims)).filter(({ state }) => state === 'acquired');
      assert.equal(acquired.length, 1, `${acquired.length} callers got the lease`);
    },

    'lets whatever is asked run; it is the question from then on': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.resolve(ref, notApplied());
      const next = { ...claim, fingerprint: OTHER_FINGERPRINT };
      assert.equal(expectAcquired(await t.store.acquire(next)).attempt, 2);
      const expected = { fingerprint: OTHER_FINGERPRINT, attempt: 2, lease: LONG };
      expectInProgress(await t.store.acquire(claim), expected);
    },

    'lets the next claim say what becomes of its own lapse': async (t) => {
      for (const onLapse of ['rerun', 'uncertain'] as const) {
        const { claim, ref } = await t.beginUncertain();
        await t.store.resolve(ref, notApplied());
        const next = await t.begin({ ...claim, onLapse });
        await t.store.release(next.ref, 'unknown');
        const answer = await t.store.acquire({ ...claim, onLapse: 'rerun' });
        if (onLapse === 'rerun') assert.equal(expectAcquired(answer).attempt, 3);
        else expectUncertain(answer, { fingerprint: FINGERPRINT, attempt: 2, fence: next.ref.fence });
      }
    },

    'leaves the attempt itself no power': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const { id, token } = claim;
      await t.store.resolve(ref, notApplied());
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      assert.equal(await t.store.release(ref, 'unknown'), 'lost');
      assert.equal(await t.store.release({ id, token }, 'nothing'), 'lost');
      const record = expectLost(await t.store.complete(ref, bytesOf('late'), KEPT));
      assert.deepEqual(record, { state: 'not-applied', fingerprint: FINGERPRINT, attempt: 1 });
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 2);
    },

    'keeps its note with the record, through the next attempt and its completion': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.resolve(ref, notApplied());
      const peer = await t.peer();
      assert.equal((await peer.look(ref.id))?.note, NOTE);
      const next = await t.begin({ ...claim, onLapse: 'rerun' });
      await t.store.release(next.ref, 'unknown');
      const last = await t.begin({ ...claim, onLapse: 'rerun' });
      assert.equal((await peer.look(ref.id))?.note, NOTE, 'lost by later attempts');
      await t.store.extend(last.ref, LONG, LONG);
      await t.store.complete(last.ref, bytesOf('done'), KEPT);
      assert.equal((await peer.look(ref.id))?.note, NOTE, 'lost by the completion');
    },

    'is forgotten after its keep': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.resolve(ref, notApplied(SHORT));
      await t.elapse(SHORT);
      assert.equal(await t.store.look(ref.id), undefined);
      const next = expectAcquired(await t.store.acquire(claim));
      assert.equal(next.attempt, 1);
      assert.notEqual(next.fence, ref.fence);
    },
  },
};

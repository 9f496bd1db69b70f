import assert from 'node:assert/strict';

import { FINGERPRINT, keptFor, LONG, OTHER_FINGERPRINT, SHORT } from './conformance-context.js';
import type { Attempt, ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectExpired, expectLost } from './expectations.js';

/** A record whose response is over, and whose tombstone is not. */
async function beginAndExpire(t: ConformanceContext): Promise<Attempt> {
  const attempt = await t.begin();
  await t.store.complete(attempt.ref, bytesOf('forgotten'), keptFor(SHORT, LONG));
  await t.elapse(SHORT);
  return attempt;
}

/** What stays of a completed record after its response. */
export const tombstoneTopic: Topic = {
  title: 'tombstone',
  checks: {
    'answers expired with the kept fingerprint, to everybody and every time': async (t) => {
      const { claim } = await beginAndExpire(t);
      const peer = await t.peer();
      for (const store of [t.store, peer, t.store]) expectExpired(await store.acquire(claim), FINGERPRINT);
      const stranger = { ...claim, fingerprint: OTHER_FINGERPRINT };
      expectExpired(await peer.acquire(stranger), FINGERPRINT);
    },

    'counts from the end of the response, is not prolonged by who asks, and ends': (t) =>
      t.inTime(async (ms) => {
        const { claim, ref } = await t.begin();
        await t.store.complete(ref, bytesOf('short-lived'), keptFor(ms, ms));
        await t.elapse(ms);
        if ((await t.store.acquire(claim)).state !== 'expired') return false;
        await t.elapse(ms);
        assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
        return true;
      }),

    'ends also when nobody has asked since the completion': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, bytesOf('short-lived'), keptFor(SHORT, SHORT));
      await t.elapse(2 * SHORT);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },

    'has no owner: nobody extends, completes, releases or resolves it': async (t) => {
      const { claim, ref } = await beginAndExpire(t);
      const { id, token } = claim;
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      assert.equal(await t.store.release(ref, 'nothing'), 'lost');
      assert.equal(await t.store.release({ id, token }, 'nothing'), 'lost');
      const other = { id, fence: ref.fence + 1 };
      const retention = keptFor(LONG);
      expectExpired(expectLost(await t.store.complete(other, bytesOf('new'), retention)), FINGERPRINT);
      const resolution = { as: 'completed', response: bytesOf('new'), retention, note: 'a note' } as const;
      expectExpired(expectLost(await t.store.resolve(ref, resolution)), FINGERPRINT);
      expectExpired(await t.store.acquire(claim), FINGERPRINT);
    },

    'is not brought to life by who completes again': async (t) => {
      const { claim, ref } = await beginAndExpire(t);
      await t.store.complete(ref, bytesOf('again'), keptFor(LONG));
      expectExpired(await t.store.acquire(claim), FINGERPRINT);
    },
  },
};

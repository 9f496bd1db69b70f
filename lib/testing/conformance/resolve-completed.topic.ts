import assert from 'node:assert/strict';

import { FINGERPRINT, keptFor, KEPT, LONG, OTHER_FINGERPRINT, SHORT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectCompleted, expectExpired, expectLost } from './expectations.js';
import { appliedAs, NOTE } from './resolutions.js';

const response = bytesOf('what it would have answered');

/** `resolve` of an attempt that did its work. */
export const resolveCompletedTopic: Topic = {
  title: 'resolve, as completed',
  checks: {
    'finishes the record: its response is given to everybody': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const peer = await t.peer();
      assert.deepEqual(await peer.resolve(ref, appliedAs(response)), { state: 'resolved' });
      for (const store of [t.store, peer]) {
        expectCompleted(await store.acquire(claim), response, FINGERPRINT);
      }
      const stranger = { ...claim, fingerprint: OTHER_FINGERPRINT };
      expectCompleted(await t.store.acquire(stranger), response, FINGERPRINT);
    },

    'keeps the response and the tombstone as long as it says': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.resolve(ref, appliedAs(response, keptFor(SHORT, LONG)));
      await t.elapse(SHORT);
      expectExpired(await t.store.acquire(claim), FINGERPRINT);
    },

    'leaves the attempt itself no power': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const { id, token } = claim;
      await t.store.resolve(ref, appliedAs(response));
      assert.equal(await t.store.extend(ref, LONG, LONG), 'lost');
      assert.equal(await t.store.release(ref, 'nothing'), 'lost');
      assert.equal(await t.store.release({ id, token }, 'nothing'), 'lost');
      const record = expectLost(await t.store.complete(ref, bytesOf('late'), KEPT));
      expectCompleted(record, response, FINGERPRINT);
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },

    'keeps its note with the record': async (t) => {
      const { ref } = await t.beginUncertain();
      await t.store.resolve(ref, appliedAs(response));
      const peer = await t.peer();
      assert.equal((await peer.look(ref.id))?.note, NOTE);
    },

    'does not keep memory that its giver writes to later': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      const given = response.slice();
      await t.store.resolve(ref, appliedAs(given));
      given.fill(0x2a);
      expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
    },
  },
};

import assert from 'node:assert/strict';

import { KEPT, LONG, OTHER_FINGERPRINT, SHORT, keptFor } from './conformance-context.js';
import type { Attempt, ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired } from './expectations.js';

/** An attempt of before, on a record that was made anew since, has no right left. */
async function expectPowerless(t: ConformanceContext, past: Attempt): Promise<void> {
  assert.equal(await t.store.extend(past.ref, LONG, LONG), 'lost');
  assert.equal(await t.store.release(past.ref, 'nothing'), 'lost');
  assert.equal((await t.store.complete(past.ref, bytesOf('from the past'), KEPT)).state, 'lost');
}

/** A fence is never used twice for one record id. */
export const fenceTopic: Topic = {
  title: 'fence',
  checks: {
    'grows with every takeover': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      let last = ref.fence;
      for (let i = 0; i < 3; i++) {
        const { fence } = expectAcquired(await t.store.acquire({ ...claim, lease: 1 }));
        assert.ok(fence > last, `${fence} is not above ${last}`);
        last = fence;
        await t.elapse(1);
      }
    },

    'is new after each release, whoever releases': async (t) => {
      const id = t.newId();
      const seen = new Set<number>();
      for (const store of [t.store, await t.peer(), t.store, t.store]) {
        const { ref } = await t.begin({ id }, store);
        assert.ok(!seen.has(ref.fence), `the fence ${ref.fence} was used before`);
        seen.add(ref.fence);
        assert.equal(await store.release(ref, 'nothing'), 'released');
      }
    },

    'of a released attempt has no power over the next record': async (t) => {
      const past = await t.begin();
      await t.store.release(past.ref, 'nothing');
      const present = await t.begin({ id: past.ref.id, fingerprint: OTHER_FINGERPRINT });
      await expectPowerless(t, past);
      assert.equal(await t.store.release(present.ref, 'nothing'), 'released');
    },

    'of a completed attempt has no power over the record made after its retention': async (t) => {
      const past = await t.begin();
      await t.store.complete(past.ref, bytesOf('done'), keptFor(SHORT));
      await t.elapse(SHORT);
      const present = await t.begin({ id: past.ref.id });
      assert.notEqual(present.ref.fence, past.ref.fence);
      await expectPowerless(t, past);
      assert.equal(await t.store.release(present.ref, 'nothing'), 'released');
    },

    'of a forgotten attempt has no power over the record made after its keep': async (t) => {
      const past = await t.begin({ lease: SHORT, keep: SHORT });
      await t.elapse(SHORT);
      const present = await t.begin({ id: past.ref.id });
      assert.notEqual(present.ref.fence, past.ref.fence);
      await expectPowerless(t, past);
      assert.equal(await t.store.release(present.ref, 'nothing'), 'released');
    },
  },
};

import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT } from './conformance-context.js';
import type { ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectEffects } from './expectations.js';
import type { LeaseRef } from '../../store/idempotency-store.js';
import { notApplied } from './resolutions.js';

const CHARGE = { name: 'charge', result: bytesOf('{"id":"ch_1"}') };

async function expectRefused(t: ConformanceContext, ref: LeaseRef): Promise<void> {
  assert.equal(await t.store.recordEffect(ref, CHARGE, 'rerun'), 'lost');
  assert.equal(await t.store.recordEffect(ref, { name: 'other' }, 'uncertain'), 'lost');
}

/** Who may not record effects. */
export const effectsLostTopic: Topic = {
  title: 'effects, lost',
  checks: {
    'when there never was a record': async (t) => {
      const claim = t.claim();
      await expectRefused(t, { id: claim.id, fence: 1 });
      assert.equal(await t.store.look(claim.id), undefined);
    },

    'to a stale owner, whose effects and whose word on the lease do not count': async (t) => {
      const { stale, winner } = await t.beginAndLose();
      await t.recordEffect(winner.ref, { name: 'charge' });
      await expectRefused(t, stale.ref);
      expectEffects((await t.passOn(winner)).effects, { charge: undefined });
    },

    'when nothing happened': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.release(ref, 'nothing');
      await expectRefused(t, ref);
      expectEffects(expectAcquired(await t.store.acquire(claim)).effects, {});
    },

    'after completion, and the response stays': async (t) => {
      const { claim, ref } = await t.begin();
      await t.store.complete(ref, bytesOf('done'), KEPT);
      await expectRefused(t, ref);
      expectCompleted(await t.store.acquire(claim), bytesOf('done'), FINGERPRINT);
    },

    'after a resolution, and the key stays free': async (t) => {
      const { claim, ref } = await t.beginUncertain();
      await t.store.resolve(ref, notApplied());
      const fence = (await t.store.look(ref.id))?.fence;
      await expectRefused(t, ref);
      if (fence !== undefined) await expectRefused(t, { id: ref.id, fence });
      expectEffects(expectAcquired(await t.store.acquire(claim)).effects, {});
    },
  },
};

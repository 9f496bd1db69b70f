import assert from 'node:assert/strict';

import { FINGERPRINT, LONG, SHORT } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectEffects, expectUncertain } from './expectations.js';

const first = { fingerprint: FINGERPRINT, attempt: 1 };
const CHARGED = bytesOf('{"id":"ch_1"}');

/** What `recordEffect` says of the end of the lease. */
export const effectsLapseTopic: Topic = {
  title: 'effects, and the end of the lease',
  checks: {
    'make a record uncertain that would have run again': async (t) => {
      const { claim, ref } = await t.begin({ lease: SHORT });
      await t.recordEffect(ref, { name: 'charge' }, 'uncertain');
      await t.elapse(SHORT);
      const peer = await t.peer();
      expectUncertain(await peer.acquire(claim), { ...first, fence: ref.fence });
    },

    'keep such a record until it is settled': (t) =>
      t.inTime(async (ms) => {
        const { claim, ref } = await t.begin({ lease: ms, keep: ms });
        if (!(await t.recordsEffect(ref, { name: 'charge' }, 'uncertain'))) return false;
        await t.elapse(ms);
        await t.elapse(ms);
        expectUncertain(await t.store.acquire(claim), { ...first, fence: ref.fence });
        assert.equal((await t.store.look(ref.id))?.endsIn, undefined, 'it ends by itself');
        return true;
      }),

    'let it run again when they are recorded': async (t) => {
      const attempt = await t.begin();
      await t.recordEffect(attempt.ref, { name: 'charge' }, 'uncertain');
      await t.recordEffect(attempt.ref, { name: 'charge', result: CHARGED });
      const next = await t.passOn(attempt);
      assert.equal(next.attempt, 2);
      expectEffects(next.effects, { charge: CHARGED });
    },

    'let it run again also when they are recorded after the lease': async (t) => {
      const { claim, ref } = await t.begin({ lease: SHORT });
      await t.recordEffect(ref, { name: 'charge' }, 'uncertain');
      await t.elapse(SHORT);
      await t.recordEffect(ref, { name: 'charge', result: CHARGED });
      expectEffects(expectAcquired(await t.store.acquire(claim)).effects, { charge: CHARGED });
    },

    'let it end by itself again, not before it would have': async (t) => {
      const { ref } = await t.begin({ lease: SHORT, keep: LONG });
      await t.recordEffect(ref, { name: 'charge' }, 'uncertain');
      await t.store.release(ref, 'unknown');
      await t.recordEffect(ref, { name: 'charge', result: CHARGED });
      const { endsIn } = (await t.store.look(ref.id)) ?? {};
      assert.ok(endsIn !== undefined, 'it does not end by itself');
      assert.ok(endsIn <= LONG && endsIn > LONG / 2, `it ends in ${endsIn} ms`);
    },

    'leave a record uncertain that its claim wants so': async (t) => {
      const { claim, ref } = await t.begin({ onLapse: 'uncertain' });
      await t.recordEffect(ref, { name: 'charge', result: CHARGED }, 'uncertain');
      await t.store.release(ref, 'unknown');
      const lenient = { ...claim, onLapse: 'rerun' } as const;
      expectUncertain(await t.store.acquire(lenient), { ...first, fence: ref.fence });
    },
  },
};

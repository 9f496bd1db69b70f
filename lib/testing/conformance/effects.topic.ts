import assert from 'node:assert/strict';

import { LONG, SHORT, keptFor } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectEffects } from './expectations.js';
import { notApplied } from './resolutions.js';

const CHARGED = bytesOf('{"id":"ch_1"}');

/** What `recordEffect` keeps, for whom, and until when. */
export const effectsTopic: Topic = {
  title: 'effects',
  checks: {
    'are none for a first attempt, and for one after an attempt that had none': async (t) => {
      const claim = t.claim();
      const first = expectAcquired(await t.store.acquire(claim));
      expectEffects(first.effects, {});
      const attempt = { claim, ref: { id: claim.id, fence: first.fence }, attempt: 1 };
      expectEffects((await t.passOn(attempt)).effects, {});
    },

    'are given to the attempt that takes over, begun ones and those with a result': async (t) => {
      const { claim, ref } = await t.begin({ lease: SHORT });
      await t.recordEffect(ref, { name: 'charge', result: CHARGED });
      await t.recordEffect(ref, { name: 'mail' });
      await t.elapse(SHORT);
      const peer = await t.peer();
      const { effects } = expectAcquired(await peer.acquire(claim));
      expectEffects(effects, { charge: CHARGED, mail: undefined });
    },

    'are replaced by their name, in the place where it came first': async (t) => {
      const attempt = await t.begin();
      await t.recordEffect(attempt.ref, { name: 'reserve' });
      await t.recordEffect(attempt.ref, { name: 'charge' });
      await t.recordEffect(attempt.ref, { name: 'mail' });
      await t.recordEffect(attempt.ref, { name: 'charge', result: CHARGED });
      await t.recordEffect(attempt.ref, { name: 'reserve', result: bytesOf('1') });
      const { effects } = await t.passOn(attempt);
      expectEffects(effects, { reserve: bytesOf('1'), charge: CHARGED, mail: undefined });
    },

    'add up over attempts': async (t) => {
      const first = await t.begin();
      await t.recordEffect(first.ref, { name: 'reserve', result: bytesOf('1') });
      await t.recordEffect(first.ref, { name: 'charge' });
      const second = await t.passOn(first);
      await t.recordEffect(second.ref, { name: 'mail' });
      await t.recordEffect(second.ref, { name: 'charge', result: CHARGED });
      const third = await t.passOn(second);
      assert.equal(third.attempt, 3);
      expectEffects(third.effects, { reserve: bytesOf('1'), charge: CHARGED, mail: undefined });
    },

    'stay with their record': async (t) => {
      const [one, other] = [await t.begin(), await t.begin()];
      await t.recordEffect(one.ref, { name: 'charge', result: CHARGED });
      expectEffects((await t.passOn(other)).effects, {});
      expectEffects((await t.passOn(one)).effects, { charge: CHARGED });
    },

    'outlive renewals of the lease': async (t) => {
      const attempt = await t.begin();
      await t.recordEffect(attempt.ref, { name: 'charge', result: CHARGED });
      assert.equal(await t.store.extend(attempt.ref, LONG, LONG), 'held');
      expectEffects((await t.passOn(attempt)).effects, { charge: CHARGED });
    },

    'are gone when nothing happened': async (t) => {
      const { claim, ref } = await t.begin();
      await t.recordEffect(ref, { name: 'charge', result: CHARGED });
      await t.store.release(ref, 'nothing');
      const next = expectAcquired(await t.store.acquire(claim));
      assert.equal(next.attempt, 1);
      expectEffects(next.effects, {});
    },

    'are gone when the record is finished, and its retention over': async (t) => {
      const { claim, ref } = await t.begin();
      await t.recordEffect(ref, { name: 'charge', result: CHARGED });
      await t.store.complete(ref, bytesOf('done'), keptFor(SHORT));
      await t.elapse(SHORT);
      expectEffects(expectAcquired(await t.store.acquire(claim)).effects, {});
    },

    'are gone when somebody found out that nothing happened': async (t) => {
      const { claim, ref } = await t.begin({ onLapse: 'uncertain' });
      await t.recordEffect(ref, { name: 'charge', result: CHARGED }, 'uncertain');
      await t.store.release(ref, 'unknown');
      assert.equal((await t.store.resolve(ref, notApplied())).state, 'resolved');
      expectEffects(expectAcquired(await t.store.acquire(claim)).effects, {});
    },

    'leave the lease as it is': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      await t.recordEffect(ref, { name: 'charge' });
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 2);
    },
  },
};

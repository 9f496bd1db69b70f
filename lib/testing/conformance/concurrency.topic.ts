import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, OTHER_FINGERPRINT } from './conformance-context.js';
import type { ConformanceContext } from './conformance-context.js';
import type { AcquireResult, Claim } from '../../store/idempotency-store.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectCompleted, expectInProgress } from './expectations.js';

const CALLERS = 30;

/** `CALLERS` calls at once, in turn from each of two processes. */
async function race(t: ConformanceContext, claims: (caller: number) => Claim): Promise<AcquireResult[]> {
  const handles = [t.store, await t.peer()] as const;
  const calls = Array.from({ length: CALLERS }, (_, i) => handles[i % 2 ? 1 : 0].acquire(claims(i)));
  return Promise.all(calls);
}

function expectOneWinner(results: AcquireResult[], attempt: number): void {
  const winners = results.filter((result) => result.state === 'acquired');
  assert.equal(winners.length, 1, `${winners.length} callers got the lease`);
  assert.equal(winners[0]?.attempt, attempt);
}

/** Every operation is atomic. */
export const concurrencyTopic: Topic = {
  title: 'concurrency',
  checks: {
    'a new record has exactly one owner': async (t) => {
      const claim = t.claim();
      const results = await race(t, () => claim);
      expectOneWinner(results, 1);
      for (const result of results) {
        if (result.state === 'acquired') continue;
        expectInProgress(result, { fingerprint: FINGERPRINT, attempt: 1, lease: LONG });
      }
    },

    'a new record has one owner and one fingerprint when callers ask different things': async (t) => {
      const claim = t.claim();
      const results = await race(t, (i) => ({ ...claim, fingerprint: `f${i}` }));
      expectOneWinner(results, 1);
      const winner = results.findIndex((result) => result.state === 'acquired');
      for (const result of results) {
        if (result.state === 'acquired') continue;
        expectInProgress(result, { fingerprint: `f${winner}`, attempt: 1, lease: LONG });
      }
    },

    'a takeover has exactly one winner': async (t) => {
      const { claim } = await t.beginAndLapse();
      const results = await race(t, (i) => ({
        ...claim,
        lease: LONG,
        fingerprint: i % 3 ? FINGERPRINT : OTHER_FINGERPRINT,
      }));
      expectOneWinner(results, 2);
    },

    'a late completion and a takeover: one of them, and both know which': async (t) => {
      const { claim, ref } = await t.beginAndLapse();
      const peer = await t.peer();
      const response = bytesOf('late');
      const [completion, next] = await Promise.all([
        t.store.complete(ref, response, KEPT),
        peer.acquire({ ...claim, lease: LONG }),
      ]);
      if (completion.state === 'completed') expectCompleted(next, response, FINGERPRINT);
      else {
        assert.equal(next.state, 'acquired');
        expectInProgress(completion.record, { fingerprint: FINGERPRINT, attempt: 2, lease: LONG });
      }
    },

    'completing and releasing: one of them': async (t) => {
      const { claim, ref } = await t.begin();
      const peer = await t.peer();
      const response = bytesOf('either');
      const [completion, release] = await Promise.all([
        t.store.complete(ref, response, KEPT),
        peer.release(ref, 'nothing'),
      ]);
      assert.equal(completion.state, release === 'lost' ? 'completed' : 'lost');
      const next = await t.store.acquire(claim);
      if (release === 'lost') expectCompleted(next, response, FINGERPRINT);
      else assert.equal(next.state, 'acquired');
    },

    'completing many times at once: always completed, and one response': async (t) => {
      const { claim, ref } = await t.begin();
      const handles = [t.store, await t.peer()] as const;
      const attempts = Array.from({ length: 10 }, (_, i) => bytesOf(`response ${i}`));
      const results = await Promise.all(
        attempts.map((response, i) => handles[i % 2 ? 1 : 0].complete(ref, response, KEPT)),
      );
      for (const { state } of results) assert.equal(state, 'completed');
      const kept = await t.store.acquire(claim);
      assert.equal(kept.state, 'completed');
      for (const store of handles) expectCompleted(await store.acquire(claim), kept.response, FINGERPRINT);
    },
  },
};

import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, SHORT } from './conformance-context.js';
import type { Attempt, ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectInProgress } from './expectations.js';
import type { Claim, IdempotencyStore, Unwatch } from '../../store/idempotency-store.js';
import { appliedAs, notApplied } from './resolutions.js';
import { WakeLog } from './wake-log.js';

const response = bytesOf('awaited');

async function watch(store: IdempotencyStore, listener: (id: string) => void): Promise<Unwatch> {
  const unwatch = await store.watch?.(listener);
  assert.ok(unwatch, 'the store notifies but has no watch()');
  return unwatch;
}

/** A record in progress that `store` waits on. */
async function beginAwaited(
  t: ConformanceContext,
  store: IdempotencyStore,
  claim: Partial<Claim> = {},
): Promise<Attempt> {
  const attempt = await t.begin(claim);
  const answer = await store.acquire({ ...attempt.claim, waiting: true });
  expectInProgress(answer, { fingerprint: FINGERPRINT, attempt: 1, lease: LONG });
  return attempt;
}

/** What `capabilities.notifies` promises: who waits is woken. */
export const watchTopic: Topic = {
  title: 'watch (of stores that notify)',
  needs: 'notifies',
  checks: {
    'wakes who waits when the record is completed': async (t) => {
      const peer = await t.peer();
      const log = new WakeLog(t.patience);
      const unwatch = await watch(peer, log.listener);
      const { ref } = await beginAwaited(t, peer);
      await t.store.complete(ref, response, KEPT);
      await log.woken(ref.id);
      await unwatch();
    },

    'wakes who waits when the record is released': async (t) => {
      const peer = await t.peer();
      const log = new WakeLog(t.patience);
      const unwatch = await watch(peer, log.listener);
      const { ref } = await beginAwaited(t, peer);
      await t.store.release(ref, 'nothing');
      await log.woken(ref.id);
      await unwatch();
    },

    'wakes who waits in the process that completes, too': async (t) => {
      const log = new WakeLog(t.patience);
      const unwatch = await watch(t.store, log.listener);
      const { ref } = await beginAwaited(t, t.store);
      await t.store.complete(ref, response, KEPT);
      await log.woken(ref.id);
      await unwatch();
    },

    'remembers who waits when the lease is extended': async (t) => {
      const log = new WakeLog(t.patience);
      const unwatch = await watch(t.store, log.listener);
      const { ref } = await beginAwaited(t, await t.peer());
      await t.store.extend(ref, LONG, LONG);
      await t.store.complete(ref, response, KEPT);
      await log.woken(ref.id);
      await unwatch();
    },

    'remembers who waits when another attempt takes over': async (t) => {
      const log = new WakeLog(t.patience);
      const unwatch = await watch(t.store, log.listener);
      const { claim, ref } = await beginAwaited(t, await t.peer());
      await t.store.extend(ref, SHORT, LONG);
      await t.elapse(SHORT);
      const winner = await t.begin(claim);
      await t.store.complete(winner.ref, response, KEPT);
      await log.woken(ref.id);
      await unwatch();
    },

    'wakes who waits when the completion is late': async (t) => {
      const log = new WakeLog(t.patience);
      const unwatch = await watch(t.store, log.listener);
      const { ref } = await beginAwaited(t, await t.peer());
      await t.store.extend(ref, SHORT, LONG);
      await t.elapse(SHORT);
      await t.store.complete(ref, response, KEPT);
      await log.woken(ref.id);
      await unwatch();
    },

    'wakes who waits when the attempt ends without a word': async (t) => {
      const log = new WakeLog(t.patience);
      const unwatch = await watch(t.store, log.listener);
      const { ref } = await beginAwaited(t, await t.peer());
      await t.store.release(ref, 'unknown');
      await log.woken(ref.id);
      await unwatch();
    },

    'wakes who waits when the record is resolved, either way': async (t) => {
      const log = new WakeLog(t.patience);
      const unwatch = await watch(t.store, log.listener);
      const peer = await t.peer();
      const attempts = [
        await beginAwaited(t, peer, { onLapse: 'uncertain' }),
        await beginAwaited(t, peer, { onLapse: 'uncertain' }),
      ] as const;
      for (const { ref } of attempts) await t.store.extend(ref, SHORT, LONG);
      await t.elapse(SHORT);
      await peer.resolve(attempts[0].ref, appliedAs(response));
      await peer.resolve(attempts[1].ref, notApplied());
      for (const { ref } of attempts) await log.woken(ref.id);
      await unwatch();
    },

    'wakes every process that watches': async (t) => {
      const peer = await t.peer();
      const logs = [new WakeLog(t.patience), new WakeLog(t.patience)] as const;
      const stop = [await watch(t.store, logs[0].listener), await watch(peer, logs[1].listener)];
      const { ref } = await beginAwaited(t, peer);
      await t.store.complete(ref, response, KEPT);
      for (const log of logs) await log.woken(ref.id);
      for (const unwatch of stop) await unwatch();
    },

    'stops when told: the listener is not called again': async (t) => {
      const stopped = new WakeLog(t.patience);
      const unwatch = await watch(t.store, stopped.listener);
      await unwatch();
      const later = new WakeLog(t.patience);
      const unwatchLater = await watch(t.store, later.listener);
      const { ref } = await beginAwaited(t, t.store);
      await t.store.complete(ref, response, KEPT);
      await later.woken(ref.id);
      // Other runs of the suite may have woken it before it stopped.
      assert.ok(!stopped.ids.includes(ref.id), 'the listener that stopped was called');
      await unwatchLater();
    },

    'survives a listener that throws: the operation succeeds and the next one is told': async (t) => {
      const log = new WakeLog(t.patience);
      const unwatch = await watch(t.store, (id) => {
        log.listener(id);
        throw new Error('a listener that throws');
      });
      for (let i = 0; i < 2; i++) {
        const { ref } = await beginAwaited(t, t.store);
        assert.equal((await t.store.complete(ref, response, KEPT)).state, 'completed');
        await log.woken(ref.id);
      }
      await unwatch();
    },
  },
};

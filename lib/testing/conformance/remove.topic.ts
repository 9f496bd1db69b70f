import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, keptFor, LONG, SHORT } from './conformance-context.js';
import type { Attempt, ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectInProgress, expectLost } from './expectations.js';
import { notApplied } from './resolutions.js';

/** Removes the record: nothing of it is left, but that its fence does not come again. */
async function expectRemoved(t: ConformanceContext, { claim, ref }: Attempt): Promise<void> {
  const peer = await t.peer();
  assert.equal(await peer.remove(ref.id), 'removed');
  assert.equal(await t.store.look(ref.id), undefined);
  assert.equal(await t.store.remove(ref.id), 'absent');
  assert.equal(expectLost(await t.store.complete(ref, bytesOf('late'), KEPT)), undefined);
  const next = expectAcquired(await t.store.acquire(claim));
  assert.equal(next.attempt, 1, 'the attempts before are not forgotten');
  assert.ok(next.fence > ref.fence, `${next.fence} is not above ${ref.fence}`);
  assert.equal((await t.store.look(ref.id))?.note, undefined);
}

/** `remove` forgets a record. */
export const removeTopic: Topic = {
  title: 'remove',
  checks: {
    'removes a completed record, and leaves no tombstone': async (t) => {
      const attempt = await t.begin();
      await t.store.complete(attempt.ref, bytesOf('personal'), keptFor(LONG, LONG));
      await expectRemoved(t, attempt);
    },

    'removes a tombstone': async (t) => {
      const attempt = await t.begin();
      await t.store.complete(attempt.ref, bytesOf('personal'), keptFor(SHORT, LONG));
      await t.elapse(SHORT);
      await expectRemoved(t, attempt);
    },

    'removes an uncertain record': async (t) => expectRemoved(t, await t.beginUncertain()),

    'removes a record that is not applied, with its note': async (t) => {
      const attempt = await t.beginUncertain();
      await t.store.resolve(attempt.ref, notApplied());
      await expectRemoved(t, attempt);
    },

    'removes a record whose lease is over': async (t) => {
      const attempt = await t.begin();
      await t.store.release(attempt.ref, 'unknown');
      await expectRemoved(t, attempt);
    },

    'does not remove a record whose lease runs, and leaves it alone': async (t) => {
      for (const onLapse of ['rerun', 'uncertain'] as const) {
        const { claim, ref } = await t.begin({ onLapse });
        assert.equal(await t.store.remove(ref.id), 'running');
        const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
        expectInProgress(await t.store.acquire(claim), expected);
        assert.equal(await t.store.extend(ref, LONG, LONG), 'held');
      }
    },

    'finds nothing where there is no record': async (t) => {
      assert.equal(await t.store.remove(t.newId()), 'absent');
    },
  },
};

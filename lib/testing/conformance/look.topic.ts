import assert from 'node:assert/strict';

import type { RecordDetails } from '../../store/idempotency-store.js';
import { KEPT, keptFor, LONG, SHORT } from './conformance-context.js';
import type { Attempt, ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectBytes } from './expectations.js';
import { notApplied, NOTE } from './resolutions.js';

/** What `look` says of the record of `attempt`, which must be `state`. */
async function looked(
  t: ConformanceContext,
  { claim }: Attempt,
  state: RecordDetails['state'],
): Promise<RecordDetails> {
  const record = await (await t.peer()).look(claim.id);
  assert.ok(record, 'there is no record');
  assert.equal(record.state, state);
  assert.equal(record.id, claim.id);
  assert.equal(record.scope, claim.scope);
  return record;
}

/** Fails unless `ms` is a whole number of ms within bounds. */
function expectMs(ms: number | undefined, [least, most]: readonly [number, number]): void {
  assert.ok(ms !== undefined && Number.isInteger(ms), `${ms} is no whole number of ms`);
  assert.ok(ms >= least && ms <= most, `${ms} ms are not between ${least} and ${most} ms`);
}

function expectUnfinished(record: RecordDetails, { claim, ref }: Attempt, attempt: number): void {
  assert.equal(record.fence, ref.fence);
  assert.equal(record.attempt, attempt);
  assert.equal(record.operation, claim.operation);
  assert.equal(record.response, undefined);
}

/** `look` says what stands there. */
export const lookTopic: Topic = {
  title: 'look',
  checks: {
    'finds nothing where there is no record, and makes none': async (t) => {
      const claim = t.claim();
      assert.equal(await t.store.look(claim.id), undefined);
      assert.equal(await t.store.look(claim.id), undefined);
      assert.equal(expectAcquired(await t.store.acquire(claim)).attempt, 1);
    },

    'tells of a running attempt how long it runs and may run': async (t) => {
      const attempt = await t.begin({ keep: 2 * LONG });
      const record = await looked(t, attempt, 'in-progress');
      expectUnfinished(record, attempt, 1);
      expectMs(record.runningFor, [0, LONG]);
      expectMs(record.leaseRemaining, [1, LONG]);
      expectMs(record.endsIn, [LONG + 1, 2 * LONG]);
      assert.equal(record.note, undefined);
    },

    'tells of a lease that is over whether the record is uncertain, and that this does not end': async (
      t,
    ) => {
      const strict = await t.begin({ onLapse: 'uncertain' });
      await t.store.extend(strict.ref, SHORT, LONG);
      const lapsed = await t.beginAndLapse();
      const records = [
        [strict, await looked(t, strict, 'uncertain')],
        [lapsed, await looked(t, lapsed, 'in-progress')],
      ] as const;
      for (const [attempt, record] of records) {
        expectUnfinished(record, attempt, 1);
        expectMs(record.runningFor, [SHORT, LONG]);
        assert.equal(record.leaseRemaining, 0);
      }
      assert.equal(records[0][1].endsIn, undefined);
      expectMs(records[1][1].endsIn, [1, LONG]);
    },

    'tells of the latest attempt, and not of those before': async (t) => {
      const first = await t.begin();
      await t.store.release(first.ref, 'unknown');
      const changes = { token: t.newId(), scope: t.newId(), operation: 'PUT /conformance' };
      const second = await t.begin({ ...first.claim, ...changes, keep: 2 * LONG });
      const record = await looked(t, second, 'in-progress');
      expectUnfinished(record, second, 2);
      expectMs(record.endsIn, [LONG + 1, 2 * LONG]);
    },

    'gives the response of a completed record, in memory of its own': async (t) => {
      const attempt = await t.begin();
      const response = bytesOf('the answer');
      await t.store.complete(attempt.ref, response, KEPT);
      const record = await looked(t, attempt, 'completed');
      assert.ok(record.response, 'there is no response');
      expectBytes(record.response, response);
      record.response.fill(0x2a);
      const again = await t.store.look(attempt.ref.id);
      expectBytes(again?.response ?? new Uint8Array(0), response);
      assert.deepEqual([record.attempt, record.fence], [1, attempt.ref.fence]);
      assert.deepEqual([record.runningFor, record.leaseRemaining], [undefined, undefined]);
    },

    'tells when the response and when the tombstone ends, each in its time': async (t) => {
      const [kept, over] = [await t.begin(), await t.begin()];
      await t.store.complete(kept.ref, bytesOf('kept'), keptFor(LONG, LONG));
      await t.store.complete(over.ref, bytesOf('over'), keptFor(SHORT, 2 * LONG));
      await t.elapse(SHORT);
      expectMs((await looked(t, kept, 'completed')).endsIn, [1, LONG]);
      const tombstone = await looked(t, over, 'expired');
      expectMs(tombstone.endsIn, [LONG + 1, 2 * LONG]);
      const { response, fence, note, operation, runningFor } = tombstone;
      for (const gone of [response, fence, note, operation, runningFor]) assert.equal(gone, undefined);
    },

    'tells of a record that is not applied who said so, and until when': async (t) => {
      const attempt = await t.beginUncertain();
      await t.store.resolve(attempt.ref, notApplied());
      const record = await looked(t, attempt, 'not-applied');
      assert.equal(record.note, NOTE);
      assert.equal(record.attempt, 1);
      expectMs(record.endsIn, [1, LONG]);
      assert.deepEqual([record.runningFor, record.leaseRemaining], [undefined, undefined]);
    },

    'changes nothing: neither a lease nor a response ends later': (t) =>
      t.inTime(async (ms) => {
        const [running, done] = [await t.begin({ lease: ms }), await t.begin()];
        await t.store.complete(done.ref, bytesOf('short-lived'), keptFor(ms));
        const states = [await t.store.look(running.ref.id), await t.store.look(done.ref.id)];
        if (states[0]?.leaseRemaining === 0 || states[1] === undefined) return false;
        await t.elapse(ms);
        assert.equal(expectAcquired(await t.store.acquire(running.claim)).attempt, 2);
        assert.equal(expectAcquired(await t.store.acquire(done.claim)).attempt, 1);
        return true;
      }),
  },
};

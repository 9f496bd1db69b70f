import assert from 'node:assert/strict';

import type { RecordState } from '../../store/idempotency-store.js';
import { KEPT, keptFor, LONG, SHORT } from './conformance-context.js';
import type { ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired } from './expectations.js';
import { expectIds, listed } from './listing.js';
import { appliedAs, notApplied } from './resolutions.js';

/** A record of every state, with the tag of this check: ids by state. */
async function beginEach(t: ConformanceContext): Promise<ReadonlyMap<RecordState, string>> {
  const [running, completed, expired] = [await t.begin(), await t.begin(), await t.begin()];
  const [uncertain, nothing] = [await t.beginUncertain(), await t.beginUncertain()];
  await t.store.complete(completed.ref, bytesOf('done'), keptFor(LONG, LONG));
  await t.store.resolve(nothing.ref, notApplied());
  await t.store.complete(expired.ref, bytesOf('over'), keptFor(SHORT, LONG));
  await t.elapse(SHORT);
  return new Map<RecordState, string>([
    ['in-progress', running.ref.id],
    ['uncertain', uncertain.ref.id],
    ['completed', completed.ref.id],
    ['expired', expired.ref.id],
    ['not-applied', nothing.ref.id],
  ]);
}

/** `list` finds what is asked for. Other runs of the suite may have records of their own in the same storage. */
export const listTopic: Topic = {
  title: 'list',
  checks: {
    'finds records of every state, and tells of each what look does': async (t) => {
      const ids = [...(await beginEach(t)).values()];
      const peer = await t.peer();
      const found = await listed(peer, { scopes: [t.scope] });
      expectIds(found, ids);
      for (const id of ids) {
        // Time goes on between the two answers.
        const time = { runningFor: undefined, leaseRemaining: undefined, endsIn: undefined };
        const looked = { ...(await t.store.look(id)), ...time, response: undefined };
        assert.deepEqual({ ...found.get(id), ...time, response: undefined }, looked);
      }
    },

    'tells of time what look does': async (t) => {
      const { claim } = await t.begin({ keep: 2 * LONG });
      const entry = (await listed(t.store, { scopes: [t.scope] })).get(claim.id);
      const { runningFor, leaseRemaining, endsIn } = entry ?? {};
      for (const [ms, least, most] of [
        [runningFor, 0, LONG],
        [leaseRemaining, 1, LONG],
        [endsIn, LONG + 1, 2 * LONG],
      ] as const) {
        assert.ok(ms !== undefined && ms >= least && ms <= most, `${ms} is not in ${least} to ${most}`);
      }
    },

    'gives no response': async (t) => {
      const { ref } = await t.begin();
      await t.store.complete(ref, bytesOf('for its client only'), KEPT);
      const entry = (await listed(t.store, { scopes: [t.scope] })).get(ref.id);
      assert.equal(entry?.state, 'completed');
      assert.equal('response' in entry, false);
    },

    'finds the states asked for, and no other': async (t) => {
      const ids = await beginEach(t);
      for (const [state, id] of ids) {
        expectIds(await listed(t.store, { scopes: [t.scope], states: [state] }), [id]);
      }
      const states = ['uncertain', 'expired'] as const;
      const both = [ids.get('uncertain') as string, ids.get('expired') as string];
      expectIds(await listed(t.store, { scopes: [t.scope], states }), both);
    },

    'finds the scopes asked for, and no other': async (t) => {
      const scopes = [t.newId(), t.newId(), t.newId()] as const;
      const ids = await Promise.all(scopes.map(async (scope) => (await t.begin({ scope })).ref.id));
      const peer = await t.peer();
      for (const [i, scope] of scopes.entries()) {
        expectIds(await listed(peer, { scopes: [scope] }), [ids[i] as string]);
      }
      expectIds(await listed(peer, { scopes: scopes.slice(0, 2) }), ids.slice(0, 2));
      expectIds(await listed(peer, { scopes: [scopes[0].slice(0, -1), scopes[0].toLowerCase()] }), []);
    },

    'finds the ids that begin as asked, and no other': async (t) => {
      const prefix = `${t.newId()}-_`;
      const ids = [`${prefix}a`, `${prefix}ab`, `${prefix}A`, `${prefix.slice(0, -1)}-`];
      for (const id of ids) await t.begin({ id });
      expectIds(await listed(t.store, { idPrefix: prefix }), ids.slice(0, 3));
      expectIds(await listed(t.store, { idPrefix: `${prefix}a` }), ids.slice(0, 2));
      expectIds(await listed(t.store, { idPrefix: `${prefix}ab` }), ids.slice(1, 2));
      expectIds(await listed(t.store, { idPrefix: `${prefix}ab`, scopes: [t.newId()] }), []);
    },

    'finds attempts that began so long ago, uncertain ones too, and nothing that is finished': (t) =>
      t.inTime(async (ms) => {
        const scope = t.newId();
        const old = [await t.begin({ scope }), await t.beginUncertain({ scope })];
        const [done, nothing] = [await t.begin({ scope }), await t.beginUncertain({ scope })];
        await t.store.complete(done.ref, bytesOf('done'), KEPT);
        await t.store.resolve(nothing.ref, notApplied());
        await t.elapse(ms);
        const young = await t.begin({ scope });
        const found = await listed(t.store, { scopes: [scope], runningFor: ms });
        // On a slow machine it is old as well by now.
        if (found.has(young.ref.id)) return false;
        expectIds(
          found,
          old.map(({ ref }) => ref.id),
        );
        return true;
      }),

    'does not find what is gone': async (t) => {
      const [released, removed] = [await t.begin(), await t.beginUncertain()];
      await t.store.release(released.ref, 'nothing');
      await t.store.resolve(removed.ref, appliedAs(bytesOf('done')));
      await t.store.remove(removed.ref.id);
      const over = await t.begin();
      await t.store.complete(over.ref, bytesOf('over'), keptFor(SHORT));
      await t.elapse(SHORT);
      expectIds(await listed(t.store, { scopes: [t.scope] }), []);
    },

    'changes nothing: neither a lease nor a response ends later': (t) =>
      t.inTime(async (ms) => {
        const scope = t.newId();
        const [running, done] = [await t.begin({ scope, lease: ms }), await t.begin({ scope })];
        await t.store.complete(done.ref, bytesOf('short-lived'), keptFor(ms));
        const found = await listed(t.store, { scopes: [scope] });
        if (found.get(running.ref.id)?.leaseRemaining === 0 || !found.has(done.ref.id)) return false;
        await t.elapse(ms);
        assert.equal(expectAcquired(await t.store.acquire(running.claim)).attempt, 2);
        assert.equal(expectAcquired(await t.store.acquire(done.claim)).attempt, 1);
        return true;
      }),
  },
};

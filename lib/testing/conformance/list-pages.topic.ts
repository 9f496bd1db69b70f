import assert from 'node:assert/strict';

import type { Topic } from './conformance-topic.js';
import type { Attempt, ConformanceContext } from './conformance-context.js';
import { expectIds, listed, pagesOf } from './listing.js';

function beginMany(t: ConformanceContext, count: number): Promise<Attempt[]> {
  return Promise.all(Array.from({ length: count }, () => t.begin()));
}

/** `list` in pages. */
export const listPagesTopic: Topic = {
  title: 'list, in pages',
  checks: {
    'finds every record, however small the page': async (t) => {
      const ids = (await beginMany(t, 25)).map(({ ref }) => ref.id);
      for (const limit of [7, 25, 1000]) {
        expectIds(await listed(t.store, { scopes: [t.scope] }, limit), ids);
      }
    },

    'goes on where another process stopped': async (t) => {
      const ids = (await beginMany(t, 10)).map(({ ref }) => ref.id);
      const stores = [t.store, await t.peer()] as const;
      const found = new Set<string>();
      let cursor: string | undefined;
      for (let page = 0; page === 0 || cursor !== undefined; page++) {
        const query = { scopes: [t.scope], limit: 3, ...(cursor === undefined ? {} : { cursor }) };
        const { records, next } = await stores[page % 2 ? 1 : 0].list(query);
        for (const { id } of records) found.add(id);
        cursor = next;
      }
      assert.deepEqual([...found].sort(), [...ids].sort());
    },

    'finds every record that is there all the time, though others come and go': async (t) => {
      const attempts = await beginMany(t, 60);
      const stays = attempts.filter((_, i) => i % 2 === 1).map(({ ref }) => ref.id);
      const goes = new Set(attempts.filter((_, i) => i % 2 === 0));
      const found = new Set<string>();
      for await (const records of pagesOf(t.store, { scopes: [t.scope], limit: 4 })) {
        for (const { id } of records) found.add(id);
        // Those that were found, one that was not, and a new one: whatever order a store has, places before and
        // behind this page change.
        const before = [...goes].filter(({ ref }) => found.has(ref.id));
        const behind = [...goes].filter(({ ref }) => !found.has(ref.id)).slice(0, 1);
        for (const gone of [...before, ...behind]) {
          await t.store.release(gone.ref, 'nothing');
          goes.delete(gone);
        }
        if (goes.size > 0) await t.begin();
      }
      assert.deepEqual(
        stays.filter((id) => !found.has(id)),
        [],
      );
    },
  },
};

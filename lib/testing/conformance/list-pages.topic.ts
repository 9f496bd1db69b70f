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
      const stays = attempts.filter((_, i) => i % 3 === 1).map(({ ref }) => ref.id);
      const goes = attempts.filter((_, i) => i % 3 !== 1);
      const found = new Set<string>();
      for await (const records of pagesOf(t.store, { scopes: [t.scope], limit: 4 })) {
        for (const { id } of records) found.add(id);
        // From both ends, and new ones: whatever order a store has, places before and behind this page change.
        for (const gone of [goes.shift(), goes.pop()]) {
          if (gone) await t.store.release(gone.ref, 'nothing');
        }
        if (goes.length > 0) await t.begin();
      }
      assert.deepEqual(
        stays.filter((id) => !found.has(id)),
        [],
      );
    },
  },
};

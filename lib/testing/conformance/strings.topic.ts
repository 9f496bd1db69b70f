import assert from 'node:assert/strict';

import type { Claim } from '../../store/idempotency-store.js';
import type { Topic } from './conformance-topic.js';
import { listed } from './listing.js';
import { notApplied } from './resolutions.js';

const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));
const ODD_OPERATIONS = [
  ...['a', '0', '-1', 'null', '{}', '%s', '\\', '"', ' ', '  ', ' of spaces  within  and around '],
  ...['POST /orders/:id', PRINTABLE, 'o'.repeat(200), ` ${'o'.repeat(198)} `],
];
const ODD_TAGS = ['0', '00', '-', '_', '-1', '1e3', 'NaN', 'null', '__proto__', 't'.repeat(64)];
const ODD_NOTES = [
  ...['n', '0', ' ', ' spaces ', '\n', 'two\r\nlines', '\u0000', '"\\', '=', 'ünïcödé 😀', '\ufeff'],
  ...['n'.repeat(4096), '😀'.repeat(1024)],
];

/** Strings are opaque: `look` and `list` give them back unchanged. */
export const stringsTopic: Topic = {
  title: 'strings',
  checks: {
    'operations come back unchanged': async (t) => {
      const claims: Claim[] = [];
      for (const operation of ODD_OPERATIONS) claims.push((await t.begin({ operation })).claim);
      const found = await listed(t.store, { scopes: [t.scope] });
      for (const { id, operation } of claims) {
        assert.equal((await t.store.look(id))?.operation, operation);
        assert.equal(found.get(id)?.operation, operation);
      }
    },

    'tags of scopes come back unchanged, and are told apart': async (t) => {
      // Odd tags are the same in every run: the ids tell this one's records.
      const idPrefix = t.newId();
      for (const [i, scope] of ODD_TAGS.entries()) await t.begin({ id: `${idPrefix}-${i}`, scope });
      for (const [i, scope] of ODD_TAGS.entries()) {
        const found = await listed(t.store, { idPrefix, scopes: [scope] });
        assert.deepEqual([...found.keys()], [`${idPrefix}-${i}`]);
        assert.equal((await t.store.look(`${idPrefix}-${i}`))?.scope, scope);
      }
    },

    'tokens are told apart, whatever they look like': async (t) => {
      for (const token of ODD_TAGS) {
        const { ref } = await t.begin({ token });
        for (const other of ODD_TAGS) {
          if (other === token) continue;
          assert.equal(await t.store.release({ id: ref.id, token: other }, 'nothing'), 'lost');
        }
        assert.equal(await t.store.release({ id: ref.id, token }, 'nothing'), 'released');
      }
    },

    'notes come back unchanged': async (t) => {
      const notes = new Map<string, string>();
      for (const note of ODD_NOTES) {
        const { ref } = await t.beginUncertain();
        assert.equal((await t.store.resolve(ref, notApplied(60_000, note))).state, 'resolved');
        notes.set(ref.id, note);
      }
      const found = await listed(t.store, { scopes: [t.scope] });
      for (const [id, note] of notes) {
        assert.equal((await t.store.look(id))?.note, note);
        assert.equal(found.get(id)?.note, note);
      }
    },
  },
};

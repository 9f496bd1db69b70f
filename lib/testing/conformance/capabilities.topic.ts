import assert from 'node:assert/strict';

import { keptFor } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf } from './expectations.js';

/** `capabilities` is honest and constant. */
export const capabilitiesTopic: Topic = {
  title: 'capabilities',
  checks: {
    'name the store and answer every question': async ({ store }) => {
      const { name, durable, shared, clock, notifies } = store.capabilities;
      assert.ok(typeof name === 'string' && name.length > 0, 'no name');
      for (const flag of [durable, shared, notifies]) assert.equal(typeof flag, 'boolean');
      assert.ok(clock === 'server' || clock === 'process', `clock is ${String(clock)}`);
    },

    'are the same before, during and after work, and on every handle': async (t) => {
      const before = { ...t.store.capabilities };
      const { ref } = await t.begin();
      await t.store.complete(ref, bytesOf('done'), keptFor(1000));
      assert.deepEqual({ ...t.store.capabilities }, before);
      const another = await t.another();
      assert.deepEqual({ ...another.capabilities }, before);
    },

    'do not promise notifications without watch()': async ({ store }) => {
      if (store.capabilities.notifies) assert.equal(typeof store.watch, 'function');
    },
  },
};

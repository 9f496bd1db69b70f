import { randomFillSync } from 'node:crypto';

import type { ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectEffects } from './expectations.js';

/** As many as one record ever has, and bytes of all their results together. */
const MOST = 64;
const MOST_BYTES = 256 * 1024;

async function expectKept(t: ConformanceContext, result: Uint8Array): Promise<void> {
  const attempt = await t.begin();
  await t.recordEffect(attempt.ref, { name: 'before', result });
  await t.recordEffect(attempt.ref, { name: 'begun' });
  await t.recordEffect(attempt.ref, { name: 'behind', result });
  expectEffects((await t.passOn(attempt)).effects, { before: result, begun: undefined, behind: result });
}

/** The bytes of a result that come out are those that went in, and belong to nobody else. */
export const effectsKeptTopic: Topic = {
  title: 'results of effects',
  checks: {
    'keep every byte value, alone and together': async (t) => {
      await expectKept(
        t,
        Uint8Array.from({ length: 256 }, (_, byte) => byte),
      );
      for (const byte of [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x80, 0xff]) await expectKept(t, Uint8Array.of(byte));
    },

    'may be empty, which is not the same as none': (t) => expectKept(t, new Uint8Array(0)),

    'may look like a number, JSON, or a format of the store': async (t) => {
      for (const text of ['0', '-', 'null', '{}', '[1]', 'charge 3\n', '\n\n', 'ünïcödé 😀']) {
        await expectKept(t, bytesOf(text));
      }
    },

    'are kept as they were when their giver or receiver writes to them': async (t) => {
      const attempt = await t.begin();
      const original = bytesOf('as it was given');
      const given = original.slice();
      await t.recordEffect(attempt.ref, { name: 'charge', result: given });
      given.fill(0x2a);
      const second = await t.passOn(attempt);
      expectEffects(second.effects, { charge: original });
      second.effects[0]?.result?.fill(0x2a);
      expectEffects((await t.passOn(second)).effects, { charge: original });
    },

    'are told apart by names that differ in a letter': async (t) => {
      const attempt = await t.begin();
      const names = [
        'a',
        'A',
        'a.',
        'a:b',
        'a-b',
        'a_b',
        '__proto__',
        'constructor',
        '0',
        '1',
        '01',
        'x'.repeat(64),
      ];
      for (const name of names) await t.recordEffect(attempt.ref, { name, result: bytesOf(name) });
      const expected = new Map(names.map((name) => [name, bytesOf(name)]));
      const { effects } = await t.passOn(attempt);
      for (const name of names) {
        const found = effects.filter((effect) => effect.name === name);
        expectEffects(
          found.map(({ result }) => (result ? { name: 'it', result } : { name: 'it' })),
          { it: expected.get(name) },
        );
      }
    },

    'are as many and as large as may be': async (t) => {
      const attempt = await t.begin();
      const expected: Record<string, Uint8Array> = {};
      for (let i = 0; i < MOST; i++) {
        const result = randomFillSync(new Uint8Array(MOST_BYTES / MOST));
        expected[`effect-${i}`] = result;
        await t.recordEffect(attempt.ref, { name: `effect-${i}`, result });
      }
      expectEffects((await t.passOn(attempt)).effects, expected);
    },
  },
};

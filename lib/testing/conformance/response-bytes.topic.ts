import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';

import { FINGERPRINT, KEPT } from './conformance-context.js';
import type { ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectCompleted, expectLost } from './expectations.js';

async function expectKept(t: ConformanceContext, response: Uint8Array): Promise<void> {
  const { claim, ref } = await t.begin();
  assert.equal((await t.store.complete(ref, response, KEPT)).state, 'completed');
  const peer = await t.peer();
  expectCompleted(await t.store.acquire(claim), response, FINGERPRINT);
  expectCompleted(await peer.acquire(claim), response, FINGERPRINT);
}

/** The bytes that come out are the bytes that went in, and belong to nobody else. */
export const responseBytesTopic: Topic = {
  title: 'response bytes',
  checks: {
    'every byte value, alone and together': async (t) => {
      await expectKept(
        t,
        Uint8Array.from({ length: 256 }, (_, byte) => byte),
      );
      for (const byte of [0x00, 0x0a, 0x0d, 0x22, 0x7f, 0x80, 0xc3, 0xfe, 0xff]) {
        await expectKept(t, Uint8Array.of(byte));
      }
    },

    'an empty response': (t) => expectKept(t, new Uint8Array(0)),

    'a megabyte': (t) => expectKept(t, randomFillSync(new Uint8Array(1024 * 1024))),

    'bytes that look like a number, JSON, or a format of the store': async (t) => {
      for (const text of ['0', '-1', 'null', '{}', '[1]', 'OK', '\u0000', '\r\n', 'ünïcödé 😀', '\ufeff']) {
        await expectKept(t, bytesOf(text));
      }
    },

    'a part of a larger array, and a Buffer': async (t) => {
      const large = Uint8Array.from({ length: 64 }, (_, i) => i);
      await expectKept(t, large.subarray(7, 19));
      await expectKept(t, Buffer.from(large.buffer, 3, 5));
    },

    'a response that its giver writes to later is kept as it was': async (t) => {
      const { claim, ref } = await t.begin();
      const given = bytesOf('as it was given');
      await t.store.complete(ref, given, KEPT);
      const original = given.slice();
      given.fill(0x2a);
      expectCompleted(await t.store.acquire(claim), original, FINGERPRINT);
    },

    'a response that its receiver writes to is kept as it was': async (t) => {
      const { claim, ref } = await t.begin();
      const original = bytesOf('as it was given');
      await t.store.complete(ref, original.slice(), KEPT);
      expectCompleted(await t.store.acquire(claim), original, FINGERPRINT).response.fill(0x2a);
      expectCompleted(await t.store.acquire(claim), original, FINGERPRINT);
    },

    'a response that a loser writes to is kept as it was': async (t) => {
      const { stale, winner } = await t.beginAndLose();
      const original = bytesOf('of the winner');
      await t.store.complete(winner.ref, original.slice(), KEPT);
      const lost = expectLost(await t.store.complete(stale.ref, bytesOf('of the loser'), KEPT));
      expectCompleted(lost, original, FINGERPRINT).response.fill(0x2a);
      expectCompleted(await t.store.acquire(stale.claim), original, FINGERPRINT);
    },

    'two callers get memory of their own': async (t) => {
      const { claim, ref } = await t.begin();
      const original = bytesOf('one each');
      await t.store.complete(ref, original.slice(), KEPT);
      const [first, second] = await Promise.all([t.store.acquire(claim), t.store.acquire(claim)]);
      expectCompleted(first, original, FINGERPRINT).response.fill(0x2a);
      expectCompleted(second, original, FINGERPRINT);
    },
  },
};

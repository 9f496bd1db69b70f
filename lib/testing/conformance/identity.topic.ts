import assert from 'node:assert/strict';

import { FINGERPRINT, KEPT, LONG, SHORT } from './conformance-context.js';
import type { Attempt, ConformanceContext } from './conformance-context.js';
import type { Topic } from './conformance-topic.js';
import { bytesOf, expectAcquired, expectCompleted, expectInProgress } from './expectations.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
const ODD_IDS = [
  ...['-', '_', '0', '00', '-1', '1e3', 'NaN', 'null', 'a', 'A', 'Aa', 'aA'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', ALPHABET, 'x'.repeat(64)],
];
const PRINTABLE = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 33 + i));
const ODD_FINGERPRINTS = ['0', '-', 'null', '%s', '"', '\\', '{}', '__proto__', 'f'.repeat(200), PRINTABLE];

/** Completes each record with its own id as the response; nothing of one may show in another. */
async function expectIndependent(t: ConformanceContext, attempts: readonly Attempt[]): Promise<void> {
  for (const { ref } of attempts) {
    assert.equal((await t.store.complete(ref, bytesOf(`of ${ref.id}`), KEPT)).state, 'completed');
  }
  for (const { claim } of attempts) {
    expectCompleted(await t.store.acquire(claim), bytesOf(`of ${claim.id}`), claim.fingerprint);
  }
}

/**
 * For ids that are the same in every run: waits for another run on the same storage to release them, and does
 * not stand in a later one's way for long if this one is killed.
 */
async function beginWhenFree(t: ConformanceContext, id: string): Promise<Attempt> {
  const claim = t.claim({ id, lease: 10_000, keep: 10_000 });
  for (let tries = 0; tries < 50; tries++) {
    const result = await t.store.acquire(claim);
    if (result.state === 'acquired')
      return { claim, ref: { id, fence: result.fence }, attempt: result.attempt };
    await t.elapse(SHORT);
  }
  return t.begin(claim);
}

/** Ids and fingerprints are opaque, and records do not disturb each other. */
export const identityTopic: Topic = {
  title: 'identity',
  checks: {
    'odd but legal ids are records like any other': async (t) => {
      const attempts: Attempt[] = [];
      for (const id of ODD_IDS) {
        const attempt = await beginWhenFree(t, id);
        attempts.push(attempt);
        const answer = await t.store.acquire(attempt.claim);
        expectInProgress(answer, { fingerprint: FINGERPRINT, attempt: 1, lease: attempt.claim.lease });
      }
      for (const { ref } of attempts) assert.equal(await t.store.release(ref, 'nothing'), 'released');
      for (const { ref } of attempts) assert.equal(await t.store.release(ref, 'nothing'), 'lost');
    },

    'ids that differ in case, in one character or in length are different records': async (t) => {
      const id = t.newId();
      const ids = [`${id}a`, `${id}A`, `${id}aa`, `${id}-a`, `${id}_a`, `-${id}a`];
      const attempts: Attempt[] = [];
      for (const each of ids) attempts.push(await t.begin({ id: each }));
      await expectIndependent(t, attempts);
    },

    'fingerprints come back unchanged': async (t) => {
      const attempts: Attempt[] = [];
      for (const fingerprint of ODD_FINGERPRINTS) {
        const attempt = await t.begin({ fingerprint });
        attempts.push(attempt);
        expectInProgress(await t.store.acquire(attempt.claim), { fingerprint, attempt: 1, lease: LONG });
      }
      await expectIndependent(t, attempts);
    },

    'fingerprints that differ only in case are different': async (t) => {
      const { claim } = await t.beginAndLapse({ fingerprint: 'abc' });
      const stranger = await t.store.acquire({ ...claim, fingerprint: 'ABC' });
      expectInProgress(stranger, { fingerprint: 'abc', attempt: 1, lease: 0 });
    },

    'releasing one record leaves the others': async (t) => {
      const [kept, released] = [await t.begin(), await t.begin()];
      assert.equal(await t.store.release(released.ref, 'nothing'), 'released');
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
      expectInProgress(await t.store.acquire(kept.claim), expected);
      expectAcquired(await t.store.acquire(released.claim));
    },

    'completing one record leaves the others': async (t) => {
      const [running, done] = [await t.begin(), await t.begin()];
      await t.store.complete(done.ref, bytesOf('done'), KEPT);
      const expected = { fingerprint: FINGERPRINT, attempt: 1, lease: LONG };
      expectInProgress(await t.store.acquire(running.claim), expected);
      assert.equal(await t.store.extend(running.ref, LONG, LONG), 'held');
    },

    'many records at once keep their own answers': async (t) => {
      await expectIndependent(t, await Promise.all(Array.from({ length: 50 }, () => t.begin())));
    },
  },
};

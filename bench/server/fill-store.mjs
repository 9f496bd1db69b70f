// Finished records in a store, made by what makes them for requests.
import { randomBytes } from 'node:crypto';

const DAY = 86_400_000;
const RETENTION = { response: DAY, tombstone: 7 * DAY };
const AT_ONCE = 32;

async function one(store) {
  const claim = {
    id: randomBytes(16).toString('base64url'),
    fingerprint: `1.${randomBytes(32).toString('base64url')}`,
    lease: 30_000,
    keep: DAY,
    onLapse: 'rerun',
    token: randomBytes(12).toString('base64url'),
    scope: randomBytes(12).toString('base64url'),
    operation: 'OrdersController.create',
  };
  const { fence } = await store.acquire(claim);
  await store.complete({ id: claim.id, fence }, randomBytes(700), RETENTION);
}

/** Puts so many records into it. */
export async function fillStore(store, records) {
  let left = records;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await one(store);
    }),
  );
}

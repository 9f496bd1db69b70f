// Finished records in a store of the server's process, made by what makes them for requests.
import { randomBytes } from 'node:crypto';

const DAY = 86_400_000;
const RETENTION = { response: DAY, tombstone: 7 * DAY };
/** Of a recorded answer of 500 bytes, about. */
const RESPONSE_BYTES = 700;

const name = (bytes) => randomBytes(bytes).toString('base64url');

async function addRecord(store) {
  const id = name(33);
  const claim = {
    ...{ id, fingerprint: name(36), token: name(12), scope: name(12), operation: 'OrdersController.create' },
    ...{ lease: 30_000, keep: DAY, onLapse: 'rerun' },
  };
  const { fence } = await store.acquire(claim);
  await store.complete({ id, fence }, randomBytes(RESPONSE_BYTES), RETENTION);
}

/** Makes `store` hold so many records and no other. */
export async function fillStore(store, records) {
  let page;
  do {
    page = await store.list({ limit: 1000, cursor: page?.next });
    for (const { id } of page.records) await store.remove(id);
  } while (page.next !== undefined);
  for (let i = 0; i < records; i++) await addRecord(store);
}

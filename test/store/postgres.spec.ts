import { describeStoreConformance } from '../../lib/testing/index.js';
import { openPlace, type Place } from '../support/postgres-store.js';

describe.each([10, 1])('PostgresStore on a pool of %i', (max) => {
  let place: Place;
  beforeAll(async () => (place = await openPlace({ max })));
  afterAll(() => place.close());

  describeStoreConformance({
    name: `[B46] [B52] PostgresStore on a pool of ${max}`,
    create: () => place.store(),
  });
});

import { PGlite } from '@electric-sql/pglite';
import { PostgresStore } from '../../lib/store/postgres/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';

describe('PostgresStore on a PGlite', () => {
  let client: PGlite;
  beforeAll(async () => {
    client = await PGlite.create();
    await new PostgresStore({ client }).migrate();
  }, 60_000);
  afterAll(() => client.close());

  describeStoreConformance({
    name: '[B46] PostgresStore on a PGlite',
    create: () => new PostgresStore({ client, purgeInterval: false }),
  });
});

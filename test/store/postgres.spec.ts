import postgres from 'postgres';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { openPg, openPostgresJs, type OpenClient } from '../support/postgres-clients.js';
import { openPlace, type Place } from '../support/postgres-store.js';
import { sideBySide } from '../support/side-by-side.js';

const clients: readonly [string, () => OpenClient][] = [
  ['a pg Pool', () => openPg({ max: 10 })],
  // As it is set up where rows are to look like JavaScript: nothing of that reaches a record.
  [
    'the package postgres',
    () => openPostgresJs({ transform: postgres.camel, types: { bigint: postgres.BigInt } }),
  ],
];

describe.each(clients)('PostgresStore on %s', (name, open) => {
  let place: Place;
  let client: OpenClient;
  beforeAll(async () => {
    place = await openPlace();
    client = open();
  });
  afterAll(async () => {
    await client.close();
    await place.close();
  });

  describeStoreConformance({
    name: `[B46] PostgresStore on ${name}`,
    runner: sideBySide(),
    create: () => place.store(client.options),
  });
});

import { describeStoreConformance } from '../../lib/testing/index.js';
import { sqliteFile, type SqliteFile } from '../support/sqlite-store.js';

describe('SqliteStore', () => {
  let file: SqliteFile;
  beforeAll(() => (file = sqliteFile()));
  afterAll(() => file.remove());

  describeStoreConformance({
    name: '[B46] [B52] SqliteStore, each with a handle of its own',
    create: () => file.store(),
  });
});

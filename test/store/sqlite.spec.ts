import { SqliteStore, type SqliteHandle } from '../../lib/store/sqlite/index.js';
import { describeStoreConformance } from '../../lib/testing/index.js';
import { sideBySide } from '../support/side-by-side.js';
import { handleKinds, sqliteFile, type SqliteFile } from '../support/sqlite-store.js';

describe.each(handleKinds)('SqliteStore with $name', ({ name, open }) => {
  let file: SqliteFile;
  const handles: { close(): void }[] = [];
  beforeAll(() => (file = sqliteFile()));
  afterAll(() => {
    for (const handle of handles) handle.close();
    file.remove();
  });

  describeStoreConformance({
    name: `[B46] [B52] SqliteStore with ${name}, each with a handle of its own`,
    runner: sideBySide(),
    create: () => {
      const handle = open(file.path);
      handles.push(handle);
      const database: SqliteHandle = handle;
      return new SqliteStore({ database, purgeInterval: false });
    },
  });
});

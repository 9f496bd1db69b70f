import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { sqliteMigrations, SqliteStore } from '../../lib/store/sqlite/index.js';
import { begin, claimOf, HOUR, KEPT, listed, RESPONSE } from '../support/redis-round-trip.js';
import { describeEffects } from '../support/sql-store-checks.js';
import { sqliteFile, type SqliteFile } from '../support/sqlite-store.js';

const unavailable = { code: IdempotencyErrorCode.STORE_UNAVAILABLE };
const unreadable = { code: IdempotencyErrorCode.RECORD_UNREADABLE };
const SHORT = { lease: 1, keep: 1 };

describe('a SqliteStore and its file', () => {
  let file: SqliteFile;
  beforeEach(() => (file = sqliteFile()));
  afterEach(() => file.remove());

  const started = async (options: Parameters<SqliteFile['store']>[0] = {}) => {
    const store = file.store(options);
    await store.start();
    return store;
  };

  it('is set to WAL and FULL', async () => {
    const database = file.open();
    await started({ database });
    expect(database.prepare('PRAGMA journal_mode').all()).toEqual([{ journal_mode: 'wal' }]);
    expect(database.prepare('PRAGMA synchronous').all()).toEqual([{ synchronous: 2 }]);
  });

  it('a writer is waited for without blocking the process, and a replay does not wait', async () => {
    const store = await started({ patience: 10_000 });
    const done = await begin(store);
    await store.complete(done.ref, RESPONSE, KEPT);
    const writer = file.open();
    writer.exec('BEGIN IMMEDIATE');
    const acquired = store.acquire(claimOf());
    expect(await store.acquire(done.claim)).toMatchObject({ state: 'completed' });
    await sleep(20);
    writer.exec('COMMIT');
    expect(await acquired).toMatchObject({ state: 'acquired' });
  });

  it('[B48] a writer that does not end makes the store unavailable', async () => {
    const store = await started({ patience: 30 });
    file.open().exec('BEGIN IMMEDIATE');
    await expect(store.acquire(claimOf())).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('SQLITE_BUSY') as string,
    });
  });

  it('no statement becomes part of a transaction of the application', async () => {
    const database = file.open();
    const store = await started({ database, patience: 30 });
    database.exec('BEGIN');
    const claim = claimOf();
    await expect(store.acquire(claim)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('a handle of its own') as string,
    });
    const later = started({ database, patience: 10_000 }).then((patient) => patient.acquire(claim));
    await sleep(10);
    database.exec('ROLLBACK');
    expect(await later).toMatchObject({ state: 'acquired', attempt: 1 });
    expect(await store.look(claim.id)).toMatchObject({ state: 'in-progress' });
  });

  it.each(['COMMIT', 'ROLLBACK'])(
    'the record is completed by a transaction or not at all: %s',
    async (end) => {
      const store = await started();
      const handle = file.open();
      handle.exec('CREATE TABLE orders (id TEXT)');
      const { claim, ref } = await begin(store);
      handle.exec('BEGIN IMMEDIATE');
      handle.prepare('INSERT INTO orders VALUES (?)').run(ref.id);
      expect(await store.completeWithin(handle, ref, RESPONSE, KEPT)).toBe('completed');
      expect(await store.acquire(claim)).toMatchObject({ state: 'in-progress' });
      handle.exec(end);
      const committed = end === 'COMMIT';
      expect(await store.acquire(claim)).toMatchObject({ state: committed ? 'completed' : 'in-progress' });
      expect(file.rows('SELECT id FROM orders')).toEqual(committed ? [{ id: ref.id }] : []);
      if (committed)
        expect(await store.completeWithin(handle, { ...ref, fence: 0 }, RESPONSE, KEPT)).toBe('lost');
    },
  );

  it('[B52] a purge never touches a live or an uncertain record', async () => {
    const store = await started();
    const kept = [
      await begin(store),
      await begin(store, { ...SHORT, onLapse: 'uncertain' }),
      await begin(store, { lease: 1, keep: HOUR }),
    ];
    const tombstone = await begin(store);
    await store.complete(tombstone.ref, RESPONSE, { response: 1, tombstone: HOUR });
    for (let i = 0; i < 5; i++) await begin(store, SHORT);
    await sleep(10);
    expect(await store.purge({ batch: 2 })).toBe(6);
    const ids = [...kept, tombstone].map(({ ref }) => ref.id).sort();
    expect(
      file.rows<{ id: string }>('SELECT id FROM idempotency_records ORDER BY id').map(({ id }) => id),
    ).toEqual(ids);
    expect(await store.acquire(tombstone.claim)).toMatchObject({ state: 'expired' });
  });

  it('a purge of 100,000 records lets claims through in between', async () => {
    const store = await started();
    file.rows(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      INSERT INTO idempotency_records (id, format, phase, fingerprint, scope, operation, token, call_id, strict, fence,
        attempt, taken, lease_ends, keep, ends, awaited, response, response_ends, checksum)
      SELECT 'over-' || i, 1, 'completed', 'v1:f', 's', '', '', '', 0, 1, 1, 1, 1, 1, 2, 0, x'00', 1, 0 FROM n`);
    let purged: number | undefined;
    const purge = store.purge().then((count) => (purged = count));
    let claims = 0;
    for (; purged === undefined; claims++) {
      await begin(store);
      await sleep(0);
    }
    await purge;
    expect(purged).toBe(100_000);
    expect(claims).toBeGreaterThan(10);
  });

  it('migrations can be run again, and a schema that is missing, old or changed is refused', async () => {
    await expect(started({ migrate: false })).rejects.toThrow(/is not there.*npx nestjs-idempotency migrate/);
    const store = await started();
    const { ref } = await begin(store);
    const handle = file.open();
    for (const { sql } of sqliteMigrations()) handle.exec(sql);
    await started();
    await started({ migrate: false });
    expect(await store.extend(ref, HOUR, HOUR)).toBe('held');
    handle.exec('DROP TRIGGER idempotency_records_taken');
    await expect(started({ migrate: false })).rejects.toThrow(/has lost a trigger/);
    handle.exec('ALTER TABLE idempotency_records DROP COLUMN note');
    await expect(started()).rejects.toThrow(/has no column note/);
    handle.exec('DELETE FROM idempotency_records_migrations');
    await expect(started({ migrate: false })).rejects.toThrow(/has version 0/);
  });

  it('a database in memory is refused', async () => {
    const store = new SqliteStore({ database: new Database(':memory:') });
    await expect(store.start()).rejects.toThrow(/in memory.*MemoryStore/);
  });

  it('[B51] rows of another version, and damaged ones, are refused', async () => {
    const store = await started();
    const { claim, ref } = await begin(store);
    file.rows('UPDATE idempotency_records SET format = 2');
    for (const operation of [
      () => store.acquire(claim),
      () => store.complete(ref, RESPONSE, KEPT),
      () => store.release(ref, 'nothing'),
      () => store.look(ref.id),
      () => store.remove(ref.id),
    ]) {
      await expect(operation()).rejects.toMatchObject(unreadable);
    }
    expect(await listed(store)).toEqual([]);
    file.rows('UPDATE idempotency_records SET format = 1');
    await store.complete(ref, RESPONSE, KEPT);
    file.rows(`UPDATE idempotency_records SET response = x'00'`);
    await expect(store.acquire(claim)).rejects.toMatchObject(unreadable);
  });

  it.each([
    [undefined, /takes an object with a database/],
    [{ client: {} }, /takes an object with a database/],
    [{ database: {} }, /has no exec\(\) and prepare\(\)/],
    [{ database: {}, tabel: 'x' }, /did you mean "table"/],
    [{ database: {}, patience: -1 }, /`patience` must be/],
    [{ database: {}, purgeInterval: 'often' }, /`purgeInterval` must be/],
  ])('says what is wrong with the options %p', (options, message) => {
    expect(() => new SqliteStore(options as never)).toThrow(message);
  });

  it.each(['', 'a"b', `a'; DROP TABLE orders; --`, 'a.b', 'a'.repeat(49), 7])(
    'refuses %p as a name',
    (table) => {
      expect(() => file.store({ table: table as string })).toThrow(/`table` must be/);
    },
  );

  describe('effects', () => {
    let store: SqliteStore;
    beforeEach(async () => (store = await started()));
    describeEffects(() => store);
  });
});

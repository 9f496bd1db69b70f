// Stores with so many records: one that a request has made, copied.
import Database from 'libsql';

const BATCH = 50_000;

/** `[1, 50000], [50001, 100000], …` */
function* batches(records) {
  for (let from = 1; from <= records; from += BATCH) yield [from, Math.min(records, from + BATCH - 1)];
}

function check(store, found, records) {
  if (found < records) throw new Error(`${store} holds ${found} records instead of ${records}`);
}

/** Copies a key with its time to live. KEYS: what to copy. ARGV: what is before the id, its length, what is after it, from, to. */
const COPY = `
for i = ARGV[4], ARGV[5] do
  local id = string.sub(redis.sha1hex(i) .. redis.sha1hex(i), 1, ARGV[2])
  redis.call('COPY', KEYS[1], ARGV[1] .. id .. ARGV[3])
end`;

async function fillRedis(redis, records) {
  const keys = await redis.keys('*{*}*');
  for (const key of keys) {
    const [, before, id, after] = /^(.*\{)(.*)(\}.*)$/.exec(key);
    for (const [from, to] of batches(records))
      await redis.eval(COPY, 1, key, before, id.length, after, from, to);
  }
  check('Redis', (await redis.dbsize()) / keys.length, records);
}

async function fillPostgres(pool, schema, records) {
  const table = `"${schema}".idempotency_records`;
  const { rows } = await pool.query(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = $1 AND table_name = 'idempotency_records' AND column_name <> 'id'`,
    [schema],
  );
  const columns = rows.map(({ name }) => `"${name}"`).join(', ');
  for (const [from, to] of batches(records)) {
    await pool.query(
      `INSERT INTO ${table} (id, ${columns})
       SELECT left(md5(i::text) || md5('-' || i), length(id)), ${columns}
       FROM (SELECT * FROM ${table} LIMIT 1) AS one, generate_series(${from}, ${to}) AS i`,
    );
  }
  await pool.query(`VACUUM ANALYZE ${table}`);
  const { rows: counted } = await pool.query(`SELECT count(*)::integer AS records FROM ${table}`);
  check('Postgres', counted[0].records, records);
}

function fillSqlite(file, records) {
  const database = new Database(file);
  database.exec('PRAGMA busy_timeout = 10000; PRAGMA synchronous = OFF');
  const columns = database
    .prepare(`SELECT name FROM pragma_table_info('idempotency_records') WHERE name <> 'id'`)
    .all()
    .map(({ name }) => `"${name}"`)
    .join(', ');
  for (const [from, to] of batches(records)) {
    database.exec(
      `WITH RECURSIVE numbers (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM numbers WHERE i < ${to})
       INSERT INTO idempotency_records (id, ${columns})
       SELECT substr(lower(hex(randomblob(32))), 1, length(id)), ${columns}
       FROM (SELECT * FROM idempotency_records LIMIT 1), numbers`,
    );
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize');
  check(
    'SQLite',
    database.prepare('SELECT count(*) AS records FROM idempotency_records').get().records,
    records,
  );
  database.close();
}

/** Empties the store of `place`, and what is left of a request that `seed` makes is copied. */
export const FILL = {
  memory: ({ server }, records) => server.ask({ ask: 'fill', records }),
  async redis({ redis }, records, seed) {
    await redis.flushdb();
    await seed();
    await fillRedis(redis, records);
  },
  async postgres({ pool, schema }, records, seed) {
    await pool.query(`TRUNCATE "${schema}".idempotency_records`);
    await seed();
    await fillPostgres(pool, schema, records);
  },
  async sqlite({ file }, records, seed) {
    const database = new Database(file);
    database.exec('PRAGMA busy_timeout = 10000; DELETE FROM idempotency_records');
    database.close();
    await seed();
    fillSqlite(file, records);
  },
};

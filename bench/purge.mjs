// `npm run bench:purge [-- --rows 1000000]`: what claims cost in Postgres while expired records are purged beside them.
// A private Postgres, with fsync; or the one of DATABASE_URL, in a schema of its own, which is dropped in the end.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { PostgresStore } from '../dist/esm/store/postgres/index.js';
import { startPostgres } from '../test/support/postgres-server.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    /** s of claims without a purge, before it and after it. */
    seconds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '4' },
  },
});
const [rows, seconds, clients] = [values.rows, values.seconds, values.clients].map(Number);
const schema = 'bench_purge';
const HOUR = 3_600_000;
const RESPONSE = Buffer.alloc(500, 'x');

/** Completed long ago, each with its response. */
const EXPIRED = `INSERT INTO ${schema}.idempotency_records (id, format, phase, fingerprint, scope, operation, token, call_id,
  strict, fence, attempt, taken, lease_ends, keep, ends, awaited, response, response_ends, checksum)
SELECT md5(i::text), 1, 'completed', md5(i::text), md5((i % 1000)::text), '', '', '', 0, 1, 1, 1, 1, 1, i, 0,
  convert_to(repeat('x', 500), 'UTF8'), 1, 0 FROM generate_series(1, $1::bigint) AS i`;

/** Claims and completes, one after the other, until told to stop. Gives the ms of each claim. */
async function claim(store, name, isOver) {
  const times = [];
  for (let i = 0; !isOver(); i++) {
    const began = performance.now();
    const { fence } = await store.acquire({
      ...{ id: `${name}-${i}`, fingerprint: 'v1:f', token: 't', scope: 's', operation: 'Orders.create' },
      ...{ lease: HOUR, keep: HOUR, onLapse: 'rerun' },
    });
    times.push(performance.now() - began);
    await store.complete({ id: `${name}-${i}`, fence }, RESPONSE, { response: HOUR, tombstone: HOUR });
  }
  return times;
}

let phases = 0;
/** All clients at once, as long as `work` takes. */
async function claimsDuring(store, work) {
  let over = false;
  const phase = ++phases;
  const all = Array.from({ length: clients }, (_, i) => claim(store, `${phase}-${i}`, () => over));
  const result = await work();
  over = true;
  return { result, times: (await Promise.all(all)).flat().sort((one, other) => one - other) };
}

const at = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
const pause = () => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

const server = process.env.DATABASE_URL ? undefined : await startPostgres({ args: ['-c', 'fsync=on'] });
const pool = new pg.Pool({ connectionString: server?.url ?? process.env.DATABASE_URL, max: clients });
const purging = new pg.Pool({ connectionString: server?.url ?? process.env.DATABASE_URL, max: 1 });
try {
  const store = new PostgresStore({ client: pool, schema, purgeInterval: false });
  const other = new PostgresStore({ client: purging, schema, purgeInterval: false });
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await store.migrate();
  await pool.query(EXPIRED, [rows]);
  await pool.query(`VACUUM ANALYZE ${schema}.idempotency_records`);
  await claimsDuring(store, pause);

  const before = await claimsDuring(store, pause);
  const began = performance.now();
  const during = await claimsDuring(store, () => other.purge());
  const took = performance.now() - began;
  const after = await claimsDuring(store, pause);

  const [{ server_version: version }] = (await pool.query('SHOW server_version')).rows;
  const line = (name, { times }) => {
    const [p50, p99] = [at(times, 0.5), at(times, 0.99)];
    const ratios = [p50 / at(before.times, 0.5), p99 / at(before.times, 0.99)];
    return `| ${[name, times.length, ...[p50, p99, ...ratios].map((n) => n.toFixed(2))].join(' | ')} |`;
  };
  console.log(`${during.result} rows purged in ${(took / 1000).toFixed(1)} s; ${clients} clients; Postgres ${version}\n
| claims | number | p50 ms | p99 ms | p50 × before | p99 × before |
| --- | ---: | ---: | ---: | ---: | ---: |
${[line('before the purge', before), line('during the purge', during), line('after the purge', after)].join('\n')}`);
} finally {
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await Promise.all([pool.end(), purging.end()]);
  await server?.stop();
}

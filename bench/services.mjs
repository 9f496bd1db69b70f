// The Redis and the Postgres of a run.
import { Redis } from 'ioredis';
import pg from 'pg';
import { startPostgres } from '../test/support/postgres-server.mjs';
import { startRedis } from '../test/support/redis-server.mjs';
import { providePostgres, provideRedis } from '../tools/services.mjs';

/** Starts private ones (DATABASE_URL wins), installing them if it may. `redis` and `pool` are connections to them. */
export async function startServices() {
  const missing = provideRedis() ?? providePostgres();
  if (missing) throw new Error(missing);
  const redisServer = await startRedis();
  const postgresServer = process.env.DATABASE_URL ? undefined : await startPostgres();
  const postgresUrl = process.env.DATABASE_URL ?? postgresServer.url;
  const redis = new Redis(redisServer.url);
  const pool = new pg.Pool({ connectionString: postgresUrl, max: 2 });
  const {
    rows: [{ server_version: postgresVersion }],
  } = await pool.query('SHOW server_version');
  const [, redisVersion] = /redis_version:(\S+)/.exec(await redis.info('server'));
  const run = process.pid.toString(36);
  const schemas = [];
  return {
    redis,
    pool,
    redisUrl: redisServer.url,
    postgresUrl,
    versions: { redis: redisVersion, postgres: postgresVersion.split(' ')[0] },
    /** A new schema, which is dropped at the end. */
    async newSchema() {
      const schema = `bench_${run}_${schemas.length}`;
      schemas.push(schema);
      await pool.query(`CREATE SCHEMA "${schema}"`);
      return schema;
    },
    async stop() {
      for (const schema of schemas) await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
      await pool.end();
      redis.disconnect();
      await redisServer.stop();
      await postgresServer?.stop();
    },
  };
}

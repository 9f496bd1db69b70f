// The stores of this library, by the name of the application that has one.
export async function memory() {
  const { MemoryStore } = await import('nestjs-idempotency');
  // The default bound of 10 000 records is passed within seconds here.
  return new MemoryStore({ maxRecords: 10_000_000 });
}

/** On ioredis. */
export async function redis({ redisUrl }) {
  const { Redis } = await import('ioredis');
  const { RedisStore } = await import('nestjs-idempotency/redis');
  return new RedisStore({ client: new Redis(redisUrl), eviction: 'ignore' });
}

export async function nodeRedis({ redisUrl }) {
  const { createClient } = await import('redis');
  const { RedisStore } = await import('nestjs-idempotency/redis');
  const client = createClient({ url: redisUrl });
  client.on('error', (error) => console.error(error.message));
  await client.connect();
  return new RedisStore({ client, eviction: 'ignore' });
}

/** Behind a cache of cache-manager on @keyv/redis. */
export async function cacheManager({ redisUrl }) {
  const { createCache } = await import('cache-manager');
  const { createKeyv } = await import('@keyv/redis');
  const { CacheManagerStore } = await import('nestjs-idempotency/cache-manager');
  return new CacheManagerStore(createCache({ stores: [createKeyv(redisUrl)] }), { eviction: 'ignore' });
}

export async function sqlite({ file }) {
  const { default: Database } = await import('libsql');
  const { SqliteStore } = await import('nestjs-idempotency/sqlite');
  return new SqliteStore({ database: new Database(file), purgeInterval: false });
}

export async function postgres({ postgresUrl, schema }) {
  const { default: pg } = await import('pg');
  const { PostgresStore } = await import('nestjs-idempotency/postgres');
  const client = new pg.Pool({ connectionString: postgresUrl });
  return new PostgresStore({ client, schema, migrate: true, purgeInterval: false });
}

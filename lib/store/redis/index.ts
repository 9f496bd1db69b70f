export { RedisStore, type RedisStoreOptions } from './redis-store.js';
export type {
  IoredisClient,
  NodeRedis4Client,
  NodeRedisClient,
  RedisClient,
} from './clients/redis-client.js';

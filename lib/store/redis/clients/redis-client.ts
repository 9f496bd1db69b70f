/**
 * Clients are declared by the little that is used of them, so that no package of theirs is needed here; the
 * real ones of the versions named all fit.
 */

/** ioredis 5 and 6, iovalkey: `new Redis()`, also with `sentinels`, and `new Cluster()`. */
export interface IoredisClient {
  evalsha(sha: string, keys: number, ...args: (string | Buffer)[]): Promise<unknown>;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  duplicate(): unknown;
}

/** node-redis 5 and 6: `createClient()`, `createCluster()`, `createSentinel()`. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  withTypeMapping(mapping: { readonly 36: typeof Buffer }): unknown;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
}

/** node-redis 4: `createClient()`, `createCluster()`. */
export interface NodeRedis4Client {
  readonly isOpen: boolean;
  sendCommand(...args: never): Promise<unknown>;
  duplicate(): unknown;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
}

/** A client of a family that the store can drive. */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedis4Client;

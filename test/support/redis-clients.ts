// The clients of all supported families and versions, as applications make them.
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5';
import { Cluster as ValkeyCluster, Redis as Valkey } from 'iovalkey';
import * as redis6 from 'redis';
import * as redis4 from 'redis4';
import * as redis5 from 'redis5';
import type { RedisClient } from '../../lib/store/redis/index.js';

export interface OpenClient {
  readonly client: RedisClient;
  close(): Promise<void>;
}

export interface ClientKind {
  readonly name: string;
  /** Opens a client of one server. */
  server(port: number): Promise<OpenClient>;
  /** Opens a client of a cluster, found by one of its nodes. */
  cluster(port: number): Promise<OpenClient>;
  /** Opens a client of whatever a Sentinel says is the master; node-redis 4 cannot. */
  sentinel?(port: number, name: string): Promise<OpenClient>;
}

interface IoredisLike {
  on(event: 'error', listener: () => void): unknown;
  disconnect(): void;
}

export const ioredis = async (client: RedisClient & IoredisLike): Promise<OpenClient> => {
  client.on('error', () => undefined);
  return { client, close: async () => client.disconnect() };
};

interface NodeRedisLike {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy?(): void;
  disconnect(): Promise<unknown>;
}

export const nodeRedis = async (client: unknown): Promise<OpenClient> => {
  const connection = client as NodeRedisLike;
  connection.on('error', () => undefined);
  await connection.connect();
  const close = async () =>
    void (await (connection.destroy ? connection.destroy() : connection.disconnect()));
  return { client: client as RedisClient, close };
};

export const host = '127.0.0.1';
export const url = (port: number) => `redis://${host}:${port}`;

export const clientKinds: readonly ClientKind[] = [
  {
    name: 'ioredis 6',
    server: (port) => ioredis(new Redis(port)),
    sentinel: (port, name) => ioredis(new Redis({ sentinels: [{ host, port }], name })),
    cluster: (port) => ioredis(new Cluster([{ host, port }])),
  },
  {
    name: 'ioredis 5',
    server: (port) => ioredis(new Redis5(port)),
    sentinel: (port, name) => ioredis(new Redis5({ sentinels: [{ host, port }], name })),
    cluster: (port) => ioredis(new Cluster5([{ host, port }])),
  },
  {
    name: 'iovalkey',
    server: (port) => ioredis(new Valkey(port)),
    sentinel: (port, name) => ioredis(new Valkey({ sentinels: [{ host, port }], name })),
    cluster: (port) => ioredis(new ValkeyCluster([{ host, port }])),
  },
  {
    name: 'node-redis 6',
    server: (port) => nodeRedis(redis6.createClient({ url: url(port) })),
    sentinel: (port, name) => nodeRedis(redis6.createSentinel({ name, sentinelRootNodes: [{ host, port }] })),
    cluster: (port) => nodeRedis(redis6.createCluster({ rootNodes: [{ url: url(port) }] })),
  },
  {
    name: 'node-redis 5',
    server: (port) => nodeRedis(redis5.createClient({ url: url(port) })),
    sentinel: (port, name) => nodeRedis(redis5.createSentinel({ name, sentinelRootNodes: [{ host, port }] })),
    cluster: (port) => nodeRedis(redis5.createCluster({ rootNodes: [{ url: url(port) }] })),
  },
  {
    name: 'node-redis 4',
    server: (port) => nodeRedis(redis4.createClient({ url: url(port) })),
    cluster: (port) => nodeRedis(redis4.createCluster({ rootNodes: [{ url: url(port) }] })),
  },
];

/** Runs `use` with a client, and closes that whatever happens. */
export async function using(opening: Promise<OpenClient>, use: (client: RedisClient) => Promise<unknown>) {
  const { client, close } = await opening;
  try {
    await use(client);
  } finally {
    await close();
  }
}

// Clients with options that change how commands are sent, keys are written or replies are read.
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5';
import { Cluster as ValkeyCluster, Redis as Valkey } from 'iovalkey';
import * as redis6 from 'redis';
import * as redis4 from 'redis4';
import * as redis5 from 'redis5';
import { host, ioredis, nodeRedis, url, type OpenClient } from './redis-clients.js';

export interface OddClient {
  readonly name: string;
  open(port: number): Promise<OpenClient>;
}

const keyPrefix = 'app:';
const pipelining = { enableAutoPipelining: true };

/** Put `app:` before every key. */
export const prefixingServers: readonly OddClient[] = [
  { name: 'ioredis 6', open: (port) => ioredis(new Redis(port, { keyPrefix })) },
  {
    name: 'ioredis 6, auto-pipelining',
    open: (port) => ioredis(new Redis(port, { keyPrefix, ...pipelining })),
  },
  { name: 'ioredis 5', open: (port) => ioredis(new Redis5(port, { keyPrefix })) },
  { name: 'iovalkey', open: (port) => ioredis(new Valkey(port, { keyPrefix })) },
  { name: 'node-redis 6', open: (port) => nodeRedis(redis6.createClient({ url: url(port), keyPrefix })) },
];

/** For one server. */
export const oddServers: readonly OddClient[] = [
  { name: 'ioredis 6, auto-pipelining', open: (port) => ioredis(new Redis(port, pipelining)) },
  { name: 'ioredis 5, auto-pipelining', open: (port) => ioredis(new Redis5(port, pipelining)) },
  { name: 'iovalkey, auto-pipelining', open: (port) => ioredis(new Valkey(port, pipelining)) },
  { name: 'ioredis 6, lazy', open: (port) => ioredis(new Redis(port, { lazyConnect: true })) },
  { name: 'ioredis 6, numbers as text', open: (port) => ioredis(new Redis(port, { stringNumbers: true })) },
  { name: 'ioredis 5, numbers as text', open: (port) => ioredis(new Redis5(port, { stringNumbers: true })) },
  { name: 'ioredis 6, RESP 2', open: (port) => ioredis(new Redis(port, { protocol: 2 })) },
  {
    name: 'ioredis 6, RESP 3 replies',
    open: (port) => ioredis(new Redis(port, { protocol: 3, replyMapping: 'resp3' })),
  },
  {
    name: 'ioredis 6, neither offline queue nor resubscription',
    open: async (port) => {
      const client = new Redis(port, {
        enableOfflineQueue: false,
        autoResubscribe: false,
        lazyConnect: true,
      });
      await client.connect();
      return ioredis(client);
    },
  },
  {
    name: 'node-redis 6, RESP 2',
    open: (port) => nodeRedis(redis6.createClient({ url: url(port), RESP: 2 })),
  },
  {
    name: 'node-redis 5, RESP 3',
    open: (port) => nodeRedis(redis5.createClient({ url: url(port), RESP: 3 })),
  },
  {
    name: 'node-redis 6, numbers as text',
    open: (port) => nodeRedis(redis6.createClient({ url: url(port) }).withTypeMapping({ 58: String })),
  },
  {
    name: 'node-redis 6, client-side caching',
    open: (port) =>
      nodeRedis(redis6.createClient({ url: url(port), RESP: 3, clientSideCache: { ttl: 60_000 } })),
  },
  {
    name: 'node-redis 4, no offline queue',
    open: (port) => nodeRedis(redis4.createClient({ url: url(port), disableOfflineQueue: true })),
  },
];

/** For a cluster. */
export const oddClusters: readonly OddClient[] = [
  { name: 'ioredis 6, auto-pipelining', open: (port) => ioredis(new Cluster([{ host, port }], pipelining)) },
  { name: 'ioredis 5, auto-pipelining', open: (port) => ioredis(new Cluster5([{ host, port }], pipelining)) },
  {
    name: 'iovalkey, auto-pipelining',
    open: (port) => ioredis(new ValkeyCluster([{ host, port }], pipelining)),
  },
  { name: 'ioredis 6, key prefix', open: (port) => ioredis(new Cluster([{ host, port }], { keyPrefix })) },
  {
    name: 'iovalkey, key prefix of the nodes, auto-pipelining',
    open: (port) =>
      ioredis(new ValkeyCluster([{ host, port }], { ...pipelining, redisOptions: { keyPrefix } as object })),
  },
  {
    name: 'ioredis 6, reading from replicas',
    open: (port) => ioredis(new Cluster([{ host, port }], { scaleReads: 'slave' })),
  },
  {
    name: 'node-redis 6, key prefix',
    open: (port) => nodeRedis(redis6.createCluster({ rootNodes: [{ url: url(port) }], keyPrefix })),
  },
  {
    name: 'node-redis 5, few connections',
    open: (port) =>
      nodeRedis(redis5.createCluster({ rootNodes: [{ url: url(port) }], minimizeConnections: true })),
  },
  {
    name: 'node-redis 4, reading from replicas',
    open: (port) => nodeRedis(redis4.createCluster({ rootNodes: [{ url: url(port) }], useReplicas: true })),
  },
];

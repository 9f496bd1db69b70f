// A private Redis Cluster: three masters on free ports, each with a third of the slots, no replicas.
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRedis, type RedisServer } from './redis-server.mjs';

const SLOTS = 16_384;
const SIZE = 3;

export interface RedisCluster {
  /** Ports of the nodes; any of them leads to all. */
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

interface Node {
  readonly server: RedisServer;
  readonly busPort: number;
  readonly redis: Redis;
}

async function startNode(): Promise<Node> {
  // The default bus port, 10000 above the port, may be beyond the last one.
  const busPort = await freePort();
  const args = ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, '--cluster-node-timeout', '2000'];
  const server = await startRedis({ args });
  return { server, busPort, redis: new Redis(server.port) };
}

/** Whether a node sees the whole cluster at work. Nodes tell each other by gossip: there is no event to await. */
async function isComplete({ redis }: Node): Promise<boolean> {
  const info = String(await redis.call('CLUSTER', 'INFO'));
  const slots = (await redis.call('CLUSTER', 'SLOTS')) as unknown[];
  return info.includes('cluster_state:ok') && slots.length === SIZE;
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: SIZE }, startNode));
  const ports = nodes.map(({ server }) => server.port);
  const [first, ...others] = nodes as [Node, ...Node[]];
  for (const [i, { redis }] of nodes.entries()) {
    const range = [Math.floor((SLOTS * i) / SIZE), Math.floor((SLOTS * (i + 1)) / SIZE) - 1];
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', ...range);
  }
  for (const { redis } of others) {
    await redis.call('CLUSTER', 'MEET', '127.0.0.1', first.server.port, first.busPort);
  }
  while (!(await Promise.all(nodes.map(isComplete))).every(Boolean)) await pause(20);
  for (const { redis } of nodes) redis.disconnect();
  return { ports, stop: async () => void (await Promise.all(nodes.map(({ server }) => server.stop()))) };
}

// A private Redis Cluster: three masters on free ports, each with a third of the slots.
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRedis, type RedisServer } from './redis-server.mjs';

const SLOTS = 16_384;
const SIZE = 3;

export interface ClusterOptions {
  /** Whether the first node has a replica, which takes its place when it dies. @default false */
  readonly replica?: boolean;
}

export interface RedisCluster {
  /** Ports of the masters; any of them leads to all. */
  readonly ports: readonly number[];
  /** Number of the master that has the slot of a Redis key, as the slots were in the beginning. */
  ownerOf(redisKey: string): Promise<number>;
  /** Begins to move the slot of `redisKey` from one master to another; new keys of it are made there from now on. */
  migrateSlot(redisKey: string, from: number, to: number): Promise<SlotMigration>;
  /** Resolves when the replica has all that the first node was told so far. */
  replicated(): Promise<void>;
  /** Kills the first node, and resolves when its replica has its place. Once only. */
  killFirst(): Promise<void>;
  stop(): Promise<void>;
}

export interface SlotMigration {
  /** Moves what the slot holds. */
  moveKeys(): Promise<void>;
  /** Tells all masters that the slot has moved. */
  end(): Promise<void>;
}

interface Node {
  readonly server: RedisServer;
  readonly busPort: number;
  readonly redis: Redis;
}

async function startNode(): Promise<Node> {
  // The default bus port, 10000 above the port, may be beyond the last one.
  const busPort = await freePort();
  const args = ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, '--cluster-node-timeout', '1000'];
  const server = await startRedis({ args });
  return { server, busPort, redis: new Redis(server.port) };
}

const call = async (node: Node, ...command: (string | number)[]) =>
  node.redis.call(...(command.map(String) as [string, ...string[]]));

/** Whether a node sees the whole cluster at work. Nodes tell each other by gossip: there is no event to await. */
async function isComplete(node: Node): Promise<boolean> {
  const info = String(await call(node, 'CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(20);
}

export async function startRedisCluster({ replica = false }: ClusterOptions = {}): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: SIZE + Number(replica) }, startNode));
  const masters = nodes.slice(0, SIZE);
  const [first, ...others] = nodes as [Node, ...Node[]];
  const spare = replica ? nodes[SIZE] : undefined;
  for (const [i, node] of masters.entries()) {
    const range = [Math.floor((SLOTS * i) / SIZE), Math.floor((SLOTS * (i + 1)) / SIZE) - 1];
    await call(node, 'CLUSTER', 'ADDSLOTSRANGE', ...range);
  }
  for (const node of others) {
    await call(node, 'CLUSTER', 'MEET', '127.0.0.1', first.server.port, first.busPort);
  }
  await until(async () => (await Promise.all(nodes.map(isComplete))).every(Boolean));
  const ids = await Promise.all(nodes.map(async (node) => String(await call(node, 'CLUSTER', 'MYID'))));
  if (spare) {
    await call(spare, 'CLUSTER', 'REPLICATE', ids[0]!);
    await until(async () => (await spare.redis.info('replication')).includes('master_link_status:up'));
  }

  return {
    ports: masters.map(({ server }) => server.port),
    ownerOf: async (redisKey) => {
      const slot = Number(await call(others[0]!, 'CLUSTER', 'KEYSLOT', redisKey));
      return masters.findIndex((_, i) => slot < Math.floor((SLOTS * (i + 1)) / SIZE));
    },
    migrateSlot: async (redisKey, from, to) => {
      const [source, target] = [masters[from]!, masters[to]!];
      const slot = Number(await call(source, 'CLUSTER', 'KEYSLOT', redisKey));
      await call(target, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[from]!);
      await call(source, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to]!);
      return {
        moveKeys: async () => {
          const keys = (await call(source, 'CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
          await call(source, 'MIGRATE', '127.0.0.1', target.server.port, '', 0, 5_000, 'KEYS', ...keys);
        },
        end: async () => {
          for (const node of [target, source, ...masters])
            await call(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', ids[to]!);
        },
      };
    },
    replicated: async () => {
      while ((await first.redis.wait(1, 1_000)) === 0);
    },
    killFirst: async () => {
      first.redis.disconnect();
      await first.server.stop();
      const left = nodes.slice(1);
      await until(async () => (await spare!.redis.info('replication')).includes('role:master'));
      await until(async () => (await Promise.all(left.map(isComplete))).every(Boolean));
    },
    stop: async () => {
      for (const { redis } of nodes) redis.disconnect();
      await Promise.all(nodes.map(({ server }) => server.stop()));
    },
  };
}

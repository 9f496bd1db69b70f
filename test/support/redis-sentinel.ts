// A private master with one replica, watched by one Sentinel.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRedis, type RedisServer } from './redis-server.mjs';

/** What the master is called. */
export const MASTER = 'main';

export interface RedisSentinel {
  readonly port: number;
  /** Resolves when the replica has all that the master was told so far. */
  replicated(): Promise<void>;
  /** Kills the master, and resolves when the Sentinel has put the replica in its place. Once only. */
  killMaster(): Promise<void>;
  stop(): Promise<void>;
}

/** Sentinel writes what it learns into its configuration; the file lives in a server's own directory. */
function spawnSentinel(port: number, master: RedisServer, home: string) {
  const config = join(home, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 1`,
    `sentinel down-after-milliseconds ${MASTER} 300`,
  ];
  writeFileSync(config, lines.join('\n'));
  return spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore' });
}

export interface SentinelOptions {
  /** The port through which the replica reaches that of the master. @default the master's own */
  readonly replicateVia?: (master: number) => Promise<number>;
}

export async function startRedisSentinel({ replicateVia }: SentinelOptions = {}): Promise<RedisSentinel> {
  const master = await startRedis();
  const source = (await replicateVia?.(master.port)) ?? master.port;
  const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${source}`] });
  const port = await freePort();
  const child = spawnSentinel(port, master, replica.dir);
  const sentinel = new Redis(port, { retryStrategy: () => 20 });
  sentinel.on('error', () => undefined);

  const ask = async (question: string) => (await sentinel.call('SENTINEL', question, MASTER)) as unknown[];
  // Without a replica that it knows, the Sentinel has nothing to put in the master's place.
  while ((await ask('REPLICAS')).length === 0) await pause(20);

  return {
    port,
    replicated: async () => {
      const admin = new Redis(master.port);
      while ((await admin.wait(1, 1_000)) === 0);
      admin.disconnect();
    },
    killMaster: async () => {
      await master.stop();
      while (Number((await ask('GET-MASTER-ADDR-BY-NAME'))[1]) === master.port) await pause(50);
    },
    stop: async () => {
      sentinel.disconnect();
      child.kill('SIGKILL');
      await once(child, 'exit');
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}

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
  /** Port of the present master. */
  masterPort(): Promise<number>;
  /** Has the Sentinel promote the replica, and resolves when it has. */
  failover(): Promise<void>;
  stop(): Promise<void>;
}

/** Sentinel writes what it learns into its configuration; the file lives in a server's own directory. */
function spawnSentinel(port: number, master: RedisServer) {
  const config = join(master.dir, 'sentinel.conf');
  const lines = [`port ${port}`, 'bind 127.0.0.1', `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 1`];
  writeFileSync(config, lines.join('\n'));
  return spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore' });
}

export async function startRedisSentinel(): Promise<RedisSentinel> {
  const master = await startRedis();
  const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${master.port}`] });
  const port = await freePort();
  const child = spawnSentinel(port, master);
  const sentinel = new Redis(port, { retryStrategy: () => 20 });
  sentinel.on('error', () => undefined);

  const masterPort = async () =>
    Number(((await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)) as string[])[1]);
  const knowsReplica = async () =>
    ((await sentinel.call('SENTINEL', 'REPLICAS', MASTER)) as unknown[]).length > 0;
  while (!(await knowsReplica())) await pause(20);

  return {
    port,
    masterPort,
    failover: async () => {
      const before = await masterPort();
      // Refused until the replica has reported that it is in step.
      while (!(await sentinel.call('SENTINEL', 'FAILOVER', MASTER).catch(() => false))) await pause(50);
      while ((await masterPort()) === before) await pause(50);
    },
    stop: async () => {
      sentinel.disconnect();
      child.kill('SIGKILL');
      await once(child, 'exit');
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}

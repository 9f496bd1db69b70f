// What a server is asked to do, seen by MONITOR.
import { once } from 'node:events';
import { Redis } from 'ioredis';

export interface RedisMonitor {
  /** Commands that clients sent while `action` ran, without those of scripts; and those of scripts. */
  during(action: () => Promise<unknown>): Promise<{ sent: string[][]; inside: string[][] }>;
  /** Has the server forget all scripts. */
  flushScripts(): Promise<void>;
  stop(): void;
}

interface MonitorStream {
  on(event: 'monitor', listener: (time: string, args: string[], source: string) => void): unknown;
  off(event: 'monitor', listener: (time: string, args: string[], source: string) => void): unknown;
  disconnect(): void;
}

export async function monitorRedis(port: number): Promise<RedisMonitor> {
  const redis = new Redis(port);
  await once(redis, 'ready');
  const stream = (await redis.monitor()) as unknown as MonitorStream;
  let marks = 0;

  /** MONITOR lags behind replies: a mark that comes back through it says that it has told everything. */
  const caughtUp = async () => {
    const mark = `mark-${++marks}`;
    const seen = new Promise<void>((resolve) => {
      const listener = (_time: string, args: string[]) => {
        if (args[1] !== mark) return;
        stream.off('monitor', listener);
        resolve();
      };
      stream.on('monitor', listener);
    });
    await redis.echo(mark);
    await seen;
  };

  return {
    during: async (action) => {
      await caughtUp();
      const sent: string[][] = [];
      const inside: string[][] = [];
      const listener = (_time: string, args: string[], source: string) => {
        if (args[0]?.toLowerCase() !== 'echo') (source === 'lua' ? inside : sent).push(args);
      };
      stream.on('monitor', listener);
      await action();
      await caughtUp();
      stream.off('monitor', listener);
      return { sent, inside };
    },
    flushScripts: async () => void (await redis.script('FLUSH')),
    stop: () => {
      stream.disconnect();
      redis.disconnect();
    },
  };
}

import type { ChildProcess } from 'node:child_process';

export interface RedisServer {
  readonly port: number;
  readonly dir: string;
  readonly url: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

export function freePort(): Promise<number>;
export function startRedis(options?: { port?: number; args?: string[]; dir?: string }): Promise<RedisServer>;

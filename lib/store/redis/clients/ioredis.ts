import type { IoredisClient } from './redis-client.js';
import {
  inOrder,
  type RedisArgument,
  type RedisDriver,
  type RedisNode,
  type Subscription,
} from './redis-driver.js';

type Method = 'evalshaBuffer' | 'evalBuffer';
type Evaluate<Result> = (script: string, keys: number, ...args: RedisArgument[]) => Result;

interface IoredisNode {
  readonly options?: { readonly host?: string; readonly port?: number };
  call(...command: string[]): Promise<unknown>;
}

/** The rest of what an ioredis client has; not every version shows it in its types. */
interface Ioredis extends Record<Method, Evaluate<Promise<unknown>>>, Pick<IoredisNode, 'call'> {
  readonly isCluster?: boolean;
  readonly status?: string;
  readonly options?: { readonly keyPrefix?: unknown; readonly enableAutoPipelining?: boolean };
  nodes(role: 'master'): readonly IoredisNode[];
  pipeline(): Record<Method, Evaluate<{ exec(): Promise<readonly [Error | null, unknown][]> }>>;
  duplicate(...args: unknown[]): IoredisSubscriber;
}

interface IoredisSubscriber {
  on(event: 'error', listener: () => void): unknown;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  disconnect(): void;
}

/** Whatever the application's client does, its subscriber comes back, and waits for Redis before it speaks. */
const retry = (times: number): number => Math.min(times * 100, 2_000);
const SUBSCRIBER = {
  lazyConnect: true,
  enableOfflineQueue: true,
  autoResubscribe: true,
  // ms; there is nothing to wait for when it is closed.
  disconnectTimeout: 100,
  retryStrategy: retry,
  clusterRetryStrategy: retry,
};

/** Drives ioredis and iovalkey: one server, Sentinel or Cluster. */
export class IoredisDriver implements RedisDriver {
  readonly #client: Ioredis;

  constructor(client: IoredisClient) {
    this.#client = client as unknown as Ioredis;
  }

  get keyPrefix(): string {
    return String(this.#client.options?.keyPrefix ?? '');
  }

  get idle(): boolean {
    return this.#client.status === 'wait';
  }

  evalsha(sha: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return this.#evaluate('evalshaBuffer', sha, keys, args);
  }

  eval(source: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return this.#evaluate('evalBuffer', source, keys, args);
  }

  async masters(): Promise<readonly RedisNode[]> {
    const client = this.#client;
    if (!client.isCluster) return [{ name: '', call: (...command) => client.call(...command) }];
    // Which nodes there are is known once the cluster has answered.
    if (client.status !== 'ready') await client.call('PING');
    return inOrder(
      client.nodes('master').map((node) => ({
        name: `${node.options?.host}:${node.options?.port}`,
        call: (...command) => node.call(...command),
      })),
    );
  }

  subscribe(channel: string, listener: (message: string) => void): Subscription {
    const connection = this.#client.isCluster
      ? this.#client.duplicate([], SUBSCRIBER)
      : this.#client.duplicate(SUBSCRIBER);
    // It reconnects by itself; without a listener, its errors would be written to the console.
    connection.on('error', () => undefined);
    connection.on('message', (_channel, message) => listener(message));
    return {
      listening: connection.subscribe(channel).then(() => undefined),
      close: async () => connection.disconnect(),
    };
  }

  #evaluate(
    method: Method,
    script: string,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<unknown> {
    const client = this.#client;
    return client.isCluster && client.options?.enableAutoPipelining
      ? this.#pipelined(method, script, keys, args)
      : client[method](script, keys.length, ...keys, ...args);
  }

  async #pipelined(
    method: Method,
    script: string,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<unknown> {
    // A pipeline of its own: iovalkey takes the script for the key when it chooses one by itself.
    const [[error, reply] = [null, undefined]] = await this.#client
      .pipeline()
      [method](script, keys.length, ...keys, ...args)
      .exec();
    if (error) throw error;
    return reply;
  }
}

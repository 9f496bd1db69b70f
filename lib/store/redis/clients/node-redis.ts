import { listenOn, type NodeRedisSubscriber } from './node-redis-subscription.js';
import type { NodeRedisClient } from './redis-client.js';
import type { RedisArgument, RedisDriver, Subscription } from './redis-driver.js';

/** RESP type of strings, `$`, as node-redis numbers them: they shall come as bytes. */
const BYTES = { 36: Buffer } as const;

interface ScriptArguments {
  readonly keys: [string];
  readonly arguments: RedisArgument[];
}

interface NodeRedis {
  readonly options?: { readonly keyPrefix?: string };
  evalSha(sha: string, options: ScriptArguments): Promise<unknown>;
  eval(source: string, options: ScriptArguments): Promise<unknown>;
}

/** Drives node-redis 5 and 6: one server, Cluster or Sentinel. */
export class NodeRedisDriver implements RedisDriver {
  readonly keyPrefix: string;
  readonly #client: NodeRedisSubscriber;
  readonly #bytes: NodeRedis;

  constructor(client: NodeRedisClient) {
    this.#client = client as unknown as NodeRedisSubscriber;
    this.#bytes = client.withTypeMapping(BYTES) as NodeRedis;
    this.keyPrefix = this.#bytes.options?.keyPrefix ?? '';
  }

  evalsha(sha: string, key: string, args: readonly RedisArgument[]): Promise<unknown> {
    return this.#bytes.evalSha(sha, { keys: [key], arguments: [...args] });
  }

  eval(source: string, key: string, args: readonly RedisArgument[]): Promise<unknown> {
    return this.#bytes.eval(source, { keys: [key], arguments: [...args] });
  }

  subscribe(channel: string, listener: (message: string) => void): Subscription {
    return listenOn(this.#client, channel, listener);
  }
}

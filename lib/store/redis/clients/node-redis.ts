import { listenOn, type NodeRedisSubscriber } from './node-redis-subscription.js';
import { mastersOf, type NodeRedisNodes } from './node-redis-nodes.js';
import type { NodeRedisClient } from './redis-client.js';
import type { RedisArgument, RedisDriver, RedisNode, Subscription } from './redis-driver.js';

/** RESP type of strings, `$`, as node-redis numbers them: they shall come as bytes. */
const BYTES = { 36: Buffer } as const;

interface ScriptArguments {
  readonly keys: string[];
  readonly arguments: RedisArgument[];
}

interface NodeRedis {
  readonly options?: { readonly keyPrefix?: unknown };
  /** A cluster of node-redis 6 shows its options nowhere else. */
  readonly _keyPrefix?: unknown;
  evalSha(sha: string, options: ScriptArguments): Promise<unknown>;
  eval(source: string, options: ScriptArguments): Promise<unknown>;
}

/** Drives node-redis 5 and 6: one server, Cluster or Sentinel. */
export class NodeRedisDriver implements RedisDriver {
  readonly keyPrefix: string;
  /** Its user connects it. */
  readonly idle = false;
  readonly #client: NodeRedisSubscriber & NodeRedisNodes;
  readonly #bytes: NodeRedis;

  constructor(client: NodeRedisClient) {
    this.#client = client as unknown as NodeRedisSubscriber & NodeRedisNodes;
    this.#bytes = client.withTypeMapping(BYTES) as NodeRedis;
    this.keyPrefix = String(this.#bytes.options?.keyPrefix ?? this.#bytes._keyPrefix ?? '');
  }

  evalsha(sha: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return this.#bytes.evalSha(sha, { keys: [...keys], arguments: [...args] });
  }

  eval(source: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return this.#bytes.eval(source, { keys: [...keys], arguments: [...args] });
  }

  async masters(): Promise<readonly RedisNode[]> {
    return mastersOf(this.#client);
  }

  subscribe(channel: string, listener: (message: string) => void): Subscription {
    return listenOn(this.#client, channel, listener);
  }
}

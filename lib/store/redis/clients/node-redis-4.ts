import { listenOn, type NodeRedisSubscriber } from './node-redis-subscription.js';
import { mastersOf, type NodeRedisNodes } from './node-redis-nodes.js';
import type { NodeRedis4Client } from './redis-client.js';
import type { RedisArgument, RedisDriver, RedisNode, Subscription } from './redis-driver.js';

const BYTES = { returnBuffers: true };

type Command = readonly RedisArgument[];

interface NodeRedis4 extends NodeRedisSubscriber {
  sendCommand(command: Command, options: typeof BYTES): Promise<unknown>;
}

/** A cluster wants the key, to find the node, and whether a replica would do. */
interface NodeRedis4Cluster {
  readonly nodeClient?: unknown;
  sendCommand(key: string, isReadonly: boolean, command: Command, options: typeof BYTES): Promise<unknown>;
}

/** Drives node-redis 4: one server or Cluster. */
export class NodeRedis4Driver implements RedisDriver {
  /** node-redis 4 has no such option. */
  readonly keyPrefix = '';
  /** Its user connects it. */
  readonly idle = false;
  readonly #client: NodeRedis4 & NodeRedis4Cluster;

  constructor(client: NodeRedis4Client) {
    this.#client = client as unknown as NodeRedis4 & NodeRedis4Cluster;
  }

  evalsha(sha: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return this.#send(keys, ['EVALSHA', sha, `${keys.length}`, ...keys, ...args]);
  }

  eval(source: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return this.#send(keys, ['EVAL', source, `${keys.length}`, ...keys, ...args]);
  }

  async masters(): Promise<readonly RedisNode[]> {
    return mastersOf(this.#client as unknown as NodeRedisNodes);
  }

  subscribe(channel: string, listener: (message: string) => void): Subscription {
    return listenOn(this.#client, channel, listener);
  }

  #send([key = '']: readonly string[], command: Command): Promise<unknown> {
    return typeof this.#client.nodeClient === 'function'
      ? this.#client.sendCommand(key, false, command, BYTES)
      : this.#client.sendCommand(command, BYTES);
  }
}

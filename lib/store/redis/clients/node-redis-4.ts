import { listenOn, type NodeRedisSubscriber } from './node-redis-subscription.js';
import type { NodeRedis4Client } from './redis-client.js';
import type { RedisArgument, RedisDriver, Subscription } from './redis-driver.js';

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
  readonly #client: NodeRedis4 & NodeRedis4Cluster;

  constructor(client: NodeRedis4Client) {
    this.#client = client as unknown as NodeRedis4 & NodeRedis4Cluster;
  }

  evalsha(sha: string, key: string, args: readonly RedisArgument[]): Promise<unknown> {
    return this.#send(key, ['EVALSHA', sha, '1', key, ...args]);
  }

  eval(source: string, key: string, args: readonly RedisArgument[]): Promise<unknown> {
    return this.#send(key, ['EVAL', source, '1', key, ...args]);
  }

  subscribe(channel: string, listener: (message: string) => void): Subscription {
    return listenOn(this.#client, channel, listener);
  }

  #send(key: string, command: Command): Promise<unknown> {
    return typeof this.#client.nodeClient === 'function'
      ? this.#client.sendCommand(key, false, command, BYTES)
      : this.#client.sendCommand(command, BYTES);
  }
}

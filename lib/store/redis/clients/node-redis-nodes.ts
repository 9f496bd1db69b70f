import { inOrder, type RedisNode } from './redis-driver.js';

interface Commands {
  sendCommand(command: readonly string[]): Promise<unknown>;
}

interface Cluster {
  readonly masters: readonly { readonly address: string }[];
  nodeClient(node: object): Promise<Commands>;
}

interface Sentinel {
  /** Only Sentinel clients have it. */
  getSentinelNode(): unknown;
  sendCommand(isReadonly: boolean, command: readonly string[]): Promise<unknown>;
}

/** What node-redis 4, 5 and 6 have to send a command to one server. */
export type NodeRedisNodes = Commands | Cluster | Sentinel;

/** The masters that a client of node-redis knows. */
export function mastersOf(client: NodeRedisNodes): readonly RedisNode[] {
  if ('nodeClient' in client) {
    return inOrder(
      client.masters.map((node) => ({
        name: node.address,
        call: async (...command) => (await client.nodeClient(node)).sendCommand(command),
      })),
    );
  }
  if ('getSentinelNode' in client)
    return [{ name: '', call: (...command) => client.sendCommand(false, command) }];
  return [{ name: '', call: (...command) => client.sendCommand(command) }];
}

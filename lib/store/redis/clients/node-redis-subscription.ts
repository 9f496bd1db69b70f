import type { Subscription } from './redis-driver.js';

type Listener = (message: string) => void;

/** What node-redis 4, 5 and 6 have in common, of one server, Cluster and Sentinel. */
export interface NodeRedisSubscriber {
  duplicate?(overrides: object): NodeRedisConnection;
  subscribe(channel: string, listener: Listener): Promise<unknown>;
  unsubscribe(channel: string, listener: Listener): Promise<unknown>;
}

interface NodeRedisConnection {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: Listener): Promise<unknown>;
  destroy?(): unknown;
  disconnect(): Promise<unknown>;
}

/** One connection is enough to listen, also in a cluster: it tells every message to all its nodes. */
const SUBSCRIBER = { disableOfflineQueue: false, clientSideCache: undefined, minimizeConnections: true };

/** Listens to a channel on a connection that nobody else uses. */
export function listenOn(client: NodeRedisSubscriber, channel: string, listener: Listener): Subscription {
  // node-redis 5 cannot duplicate a Sentinel client; that one subscribes on a connection of its own anyway.
  if (!client.duplicate) {
    return {
      listening: client.subscribe(channel, listener).then(() => undefined),
      close: () => quietly(() => client.unsubscribe(channel, listener)),
    };
  }
  const connection = client.duplicate(SUBSCRIBER);
  // It reconnects by itself; an 'error' event that nobody listens to would end the process.
  connection.on('error', () => undefined);
  return {
    listening: connection
      .connect()
      .then(() => connection.subscribe(channel, listener))
      .then(() => undefined),
    close: () => quietly(() => (connection.destroy ? connection.destroy() : connection.disconnect())),
  };
}

/** There is nothing to do about a connection that cannot be closed: it is closed. */
async function quietly(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch {
    // Closed already, or not open yet.
  }
}

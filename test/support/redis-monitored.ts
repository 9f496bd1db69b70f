// A store on a server of its own that knows the scripts already, and a monitor.
import { RedisStore } from '../../lib/store/redis/index.js';
import type { ClientKind } from './redis-clients.js';
import { monitorRedis } from './redis-monitor.js';
import { begin, HOUR, KEPT, RESPONSE } from './redis-round-trip.js';
import { startRedis } from './redis-server.mjs';

export type MonitoredStore = Awaited<ReturnType<typeof openMonitored>>;

export async function openMonitored(kind: ClientKind) {
  const server = await startRedis();
  const { client, close } = await kind.server(server.port);
  const store = new RedisStore({ client });
  const { ref } = await begin(store);
  await store.extend(ref, HOUR, HOUR);
  await store.release(ref, 'nothing');
  await store.look(ref.id);
  await store.resolve(ref, { as: 'not-applied', keep: HOUR, note: '' });
  await store.remove(ref.id);
  await store.complete(ref, RESPONSE, KEPT);
  const monitor = await monitorRedis(server.port);
  const names = (commands: string[][]) => commands.map(([name]) => name!.toUpperCase());
  return {
    store,
    monitor,
    /** Names of the commands that clients sent. */
    sent: async (action: () => Promise<unknown>) => names((await monitor.during(action)).sent),
    /** Names of the commands that scripts gave. */
    inside: async (action: () => Promise<unknown>) => names((await monitor.during(action)).inside),
    close: async () => {
      monitor.stop();
      await close();
      await server.stop();
    },
  };
}

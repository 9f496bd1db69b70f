// A TCP forwarder: one address for a Redis that moves, as load balancers in front of Sentinel are.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Leads each connection to where `targetPort()` says at that moment. `block()` keeps what comes, for good. */
export async function startForwarder(targetPort) {
  const sockets = new Set();
  let blocked = false;
  const server = createServer((client) => {
    const target = connect(targetPort(), '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ]) {
      sockets.add(from);
      from.on('data', (chunk) => blocked || to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => (sockets.delete(from), to.destroy()));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: server.address().port,
    block: () => (blocked = true),
    cut,
    stop: () => (server.close(), cut()),
  };
}

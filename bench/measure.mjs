// One measurement: some seconds of load on one server, and what it cost that server.
import { ORDER } from './orders.mjs';

/** Requests per second, and CPU µs per request of the server's process. Fails when an answer is not what it must be. */
export async function measure({ platform, name, path }, server, load, ms) {
  const question = { port: server.said.port, body: ORDER };
  // For a replay there must be something to replay.
  const key = path === 'replay' ? `replayed-${process.hrtime.bigint()}` : undefined;
  if (key) await load.ask({ ...question, key, connections: 1, ms: 0 });

  const before = await server.ask();
  const { requests, seconds, replayed } = await load.ask({ ...question, key, ms });
  const after = await server.ask();

  const calls = after.calls - before.calls;
  const expected = path === 'replay' ? 0 : requests;
  if (calls !== expected || replayed !== (path === 'replay')) {
    throw new Error(`${platform} ${name} ${path}: ${requests} requests ran the handler ${calls} times`);
  }
  return { perSecond: requests / seconds, cpu: (after.cpu - before.cpu) / requests };
}

// One measurement: some seconds of load on one server, and what it cost that server.
import { ORDER } from './orders.mjs';

/**
 * `span` is `{ ms }` or `{ atLeast }` requests. Answers requests per second, and CPU µs per request of the
 * server's process. Fails when an answer is not what it must be.
 */
export async function measure({ platform, name, path }, server, load, span) {
  const question = { port: server.said.port, body: ORDER };
  // For a replay there must be something to replay.
  const key = path === 'replay' ? `replayed-${process.hrtime.bigint()}` : undefined;
  if (key) await load.ask({ ...question, key, connections: 1 });
  // While a server waits for its turn, V8 gives up code that it has not used for a while.
  if (span.ms) await load.ask({ ...question, key, ms: span.ms / 3 });

  const before = await server.ask();
  const { requests, seconds, replayed } = await load.ask({ ...question, key, ...span });
  const after = await server.ask();

  const calls = after.calls - before.calls;
  const expected = path === 'replay' ? 0 : requests;
  if (calls !== expected || replayed !== (path === 'replay')) {
    throw new Error(`${platform} ${name} ${path}: ${requests} requests ran the handler ${calls} times`);
  }
  return { perSecond: requests / seconds, cpu: (after.cpu - before.cpu) / requests };
}

// One measurement: some load on one server, and what it cost that server.
import { prepare } from './paths.mjs';

/**
 * `span` is `{ ms }`, after a third of that unmeasured, or `{ atLeast }` requests; `more` is about the requests
 * (`connections`, `answerBytes`), or says `watchLoop`. Answers requests per second, and CPU µs per request of the server's process. Fails when an answer
 * is not what it must be, or the handler has not run exactly as often as it must.
 */
export async function measure(path, server, load, span, { watchLoop, ...more } = {}) {
  const { question, calls, finish } = await prepare(path, server, load, more);
  try {
    // While a server waits for its turn, V8 gives up code that it has not used for a while.
    if (span.ms) await load.ask({ ...question, ms: span.ms / 3 });
    if (watchLoop) await server.ask({ ask: 'watchLoop' });
    const before = await server.ask({ ask: 'usage' });
    const { requests, seconds } = await load.ask({ ...question, ...span });
    const after = await server.ask({ ask: 'usage' });
    const ran = after.calls - before.calls;
    if (ran !== calls(requests)) throw new Error(`${requests} requests ran the handler ${ran} times`);
    return {
      requests,
      perSecond: requests / seconds,
      cpu: (after.cpu - before.cpu) / requests,
      ...(watchLoop && { longestBlock: await server.ask({ ask: 'longestBlock' }) }),
    };
  } catch (error) {
    throw new Error(`${server.name}, ${path}: ${error.message}`, { cause: error });
  } finally {
    await finish?.();
  }
}

// What is asked, and what must come back. `first`, `replay` and `conflict` are a key's three ways, `plain` has a key that
// nobody looks at, `no key` is a route that can do without one.
import { ORDER } from './order.mjs';

let keys = 0;
const newKey = () => `bench-${process.pid}-${String(++keys).padStart(8, '0')}`;

const created = (bytes) => ({ status: 201, bytes });
const everyRequest = (requests) => requests;
const none = () => 0;

/** Of each path: its question, how often its requests run the handler, and what to do afterwards. */
export const PATHS = {
  plain: (_, bytes) => ({ key: 'fresh', expect: created(bytes), calls: everyRequest }),
  first: (_, bytes) => ({ key: 'fresh', expect: created(bytes), calls: everyRequest }),
  'no key': (_, bytes) => ({ route: '/optional', expect: created(bytes), calls: everyRequest }),
  async replay({ load, question }, bytes) {
    const key = newKey();
    const first = { ...question, key, atLeast: 1, connections: 1, expect: created(bytes) };
    const { body } = await load.ask({ ask: 'load', ...first });
    return { key, expect: { ...created(bytes), replayed: true, body }, calls: none };
  },
  async conflict({ load, server, question }, bytes) {
    const key = newKey();
    await server.ask({ ask: 'hold' });
    const first = { ...question, key, atLeast: 1, connections: 1, expect: created(bytes) };
    await load.ask({ ask: 'send', name: key, ...first });
    await server.ask({ ask: 'held' });
    const finish = async () => {
      await server.ask({ ask: 'letGo' });
      await load.ask({ ask: 'answer', name: key });
    };
    return { key, expect: { status: 409 }, calls: none, finish };
  },
};

/** Makes everything ready for a path; gives its question, `calls` and `finish`. */
export async function prepare(path, server, load, { answerBytes = 500, ...more } = {}) {
  const question = { port: server.said.port, route: '/orders', body: ORDER, ...more };
  const { calls, finish, ...own } = await PATHS[path]({ load, server, question }, answerBytes);
  return { question: { ask: 'load', ...question, ...own }, calls, finish };
}

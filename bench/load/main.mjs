// The load, in a process of its own: told by message what to send, answers what came back.
import { randomBytes } from 'node:crypto';
import { connect } from './connection.mjs';

const run = randomBytes(6).toString('hex');
let keys = 0;
const freshKey = () => `${run}-${String(++keys).padStart(12, '0')}`;

/**
 * Sends requests on all connections, one after the other on each, for `ms` and at least `atLeast` requests, and takes in
 * every answer. Without a `key`, each request has a fresh one.
 */
async function load({ port, body, ms = 0, atLeast = 0, connections = 64, key }) {
  const opened = await Promise.all(Array.from({ length: connections }, () => connect(port, body)));
  const begin = performance.now();
  const end = begin + ms;
  const replayed = [];
  let answered = 0;
  await Promise.all(
    opened.map(async (connection) => {
      let last;
      do {
        last = await connection.post(key ?? freshKey());
      } while (++answered < atLeast || performance.now() < end);
      replayed.push(last.replayed);
      connection.close();
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  return { requests: answered, seconds, replayed: replayed.every(Boolean) };
}

process.on('message', ({ id, question }) => {
  load(question).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: {} });

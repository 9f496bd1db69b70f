// The load, in a process of its own: told by message what to send, answers what came back.
import { randomBytes } from 'node:crypto';
import { connect } from './connection.mjs';

const run = randomBytes(6).toString('hex');
let keys = 0;
const freshKey = () => `${run}-${String(++keys).padStart(12, '0')}`;

/**
 * Sends requests on all connections, one after the other on each, for `ms`, and takes in every answer.
 * Without a `key`, each request has a fresh one. With `ms: 0` each connection sends one request.
 */
async function load({ port, body, ms, connections = 64, key }) {
  const opened = await Promise.all(Array.from({ length: connections }, () => connect(port, body)));
  const begin = performance.now();
  const end = begin + ms;
  const replayed = [];
  const counts = opened.map(async (connection) => {
    for (let count = 1; ; count++) {
      const answer = await connection.post(key ?? freshKey());
      if (performance.now() < end) continue;
      replayed.push(answer.replayed);
      connection.close();
      return count;
    }
  });
  const requests = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  const seconds = (performance.now() - begin) / 1000;
  return { requests, seconds, replayed: replayed.every(Boolean) };
}

process.on('message', ({ id, question }) => {
  load(question).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: {} });

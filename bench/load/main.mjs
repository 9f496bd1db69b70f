// The load, in a process of its own: told by message what to send and what to expect, answers what came back.
import { randomBytes } from 'node:crypto';
import { connect } from './connection.mjs';

const run = randomBytes(6).toString('hex');
let keys = 0;
const freshKey = () => `${run}-${String(++keys).padStart(12, '0')}`;

const now = () => performance.timeOrigin + performance.now();

function check(answer, { status, replayed = false, bytes, body }) {
  const wrong =
    (answer.status !== status && `${answer.status} instead of ${status}`) ||
    (answer.replayed !== replayed && (replayed ? 'not a replay' : 'a replay')) ||
    (bytes !== undefined && answer.body.length !== bytes && `${answer.body.length} bytes, not ${bytes}`) ||
    (body !== undefined && answer.body !== body && 'another body than the first answer');
  if (wrong) throw new Error(`${wrong}: ${answer.body.slice(0, 300)}`);
}

/**
 * Sends requests on all connections, one after the other on each, for `ms` and at least `atLeast` requests, though not longer
 * than `atMost` ms, and checks every answer against `expect`. `key` is what all of them have: `'fresh'` for another one each, nothing for none.
 */
async function load({
  port,
  route,
  body,
  key,
  expect,
  ms = 0,
  atLeast = 0,
  atMost = Infinity,
  connections = 64,
}) {
  const opened = await Promise.all(Array.from({ length: connections }, () => connect({ port, route, body })));
  const begin = performance.now();
  const end = begin + ms;
  let sent = 0;
  let last;
  await Promise.all(
    opened.map(async (connection) => {
      do {
        sent++;
        last = await connection.post(key === 'fresh' ? freshKey() : key);
        check(last, expect);
      } while (sent < atLeast ? performance.now() < begin + atMost : performance.now() < end);
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  for (const connection of opened) connection.close();
  return { requests: sent, seconds, body: last.body, ended: now() };
}

/** Requests that are on their way until `answer` asks for them. */
const running = new Map();

const questions = {
  load,
  /** Sends as `load` does, and does not wait. */
  send(question) {
    const sent = load(question);
    sent.catch(() => undefined);
    running.set(question.name, sent);
  },
  answer({ name }) {
    const sent = running.get(name);
    running.delete(name);
    return sent;
  },
};

process.on('message', async ({ id, question }) => {
  try {
    process.send({ id, result: await questions[question.ask](question) });
  } catch (error) {
    process.send({ id, error: error.message });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: {} });

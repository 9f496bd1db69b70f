// The least that can be written by hand: a middleware with one script before and one after, one script on a replay,
// and no checks. No streams, no scope, no fingerprint, no fence, no renewal, no timeout, no status, no headers but the type, no look at
// whether the handler failed. Not something to run: a floor.
//
// It is the same function on Express and Fastify: Nest hands both the request and response of Node. An answer goes out
// only when it is stored, as in this library: else a crash in between would lose it.
import { Redis } from 'ioredis';

const DAY = 86_400_000;
const LEASE = 30_000;

/** Answers nil for a new key, an empty string for a running one, else the recorded body. */
const BEGIN = `
local body = redis.call('GET', KEYS[1])
if body then return body end
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
return nil`;

const END = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`;

function replay(response, body) {
  response.writeHead(201, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
    'Idempotent-Replayed': 'true',
  });
  response.end(body);
}

export function limitBy(redisUrl) {
  const redis = new Redis(redisUrl);
  redis.defineCommand('limitBegin', { numberOfKeys: 1, lua: BEGIN });
  redis.defineCommand('limitEnd', { numberOfKeys: 1, lua: END });

  function record(response, key) {
    const { end } = response;
    let written;
    // Fastify 4 writes the body, and ends with nothing.
    response.write = (body) => {
      written = body;
      return true;
    };
    response.end = (body, encoding) => {
      const whole = written ?? body;
      redis.limitEnd(key, whole, DAY).then(
        () => end.call(response, whole, encoding),
        () => response.destroy(),
      );
      return response;
    };
  }

  return (request, response, next) => {
    const header = request.headers['idempotency-key'];
    if (header === undefined) return next();
    const key = `limit:${header}`;
    redis.limitBeginBuffer(key, LEASE).then((recorded) => {
      if (recorded === null) {
        record(response, key);
        next();
      } else if (recorded.length > 0) replay(response, recorded);
      else response.writeHead(409, { 'Content-Length': 0 }).end();
    }, next);
  };
}

// The least that can be written by hand: one script before, one after, one on a replay, and no checks. No scope, no
// fingerprint, no fence, no renewal, no timeout, no look at what went over the wire. Not something to run: a floor.
import { ConflictException } from '@nestjs/common';
import { concatMap, of } from 'rxjs';

const DAY = 86_400_000;
const LEASE = 30_000;
const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers nil for a new key, an empty string for a running one, else the recorded body. */
const BEGIN = `
local body = redis.call('GET', KEYS[1])
if body then return body end
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
return nil`;

const END = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`;

export class LimitInterceptor {
  constructor(redis) {
    redis.defineCommand('limitBegin', { numberOfKeys: 1, lua: BEGIN });
    redis.defineCommand('limitEnd', { numberOfKeys: 1, lua: END });
    this.redis = redis;
  }

  async intercept(context, next) {
    const http = context.switchToHttp();
    const key = `limit:${http.getRequest().headers['idempotency-key']}`;
    const recorded = await this.redis.limitBegin(key, LEASE);
    if (recorded === '') throw new ConflictException();
    const response = http.getResponse();
    response.header('content-type', JSON_TYPE);
    if (recorded !== null) {
      response.header('idempotent-replayed', 'true');
      return of(recorded);
    }
    return next.handle().pipe(
      concatMap(async (value) => {
        const body = JSON.stringify(value);
        await this.redis.limitEnd(key, body, DAY);
        return body;
      }),
    );
  }
}

import { IdempotencyConfigurationError, MemoryStore } from 'nestjs-idempotency';
import { CacheManagerStore } from '../../../lib/store/cache-manager/index.js';
import { RedisStore } from '../../../lib/store/redis/index.js';
import { Redis } from 'ioredis';

const problemsOf = (make: () => unknown): readonly string[] => {
  try {
    make();
  } catch (error) {
    if (error instanceof IdempotencyConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

describe('an option that a store does not have', () => {
  it.each([
    [
      () => new RedisStore({ client: {}, keyPrefix: 'a:' } as never),
      'RedisStore: there is no option "keyPrefix"; did you mean "prefix"?',
    ],
    [
      () => new RedisStore({ client: {}, ttl: 5 } as never),
      'RedisStore: there is no option "ttl"; the options are client, prefix, eviction.',
    ],
    [
      () => new CacheManagerStore({} as never, { prefx: 'a:' } as never),
      'CacheManagerStore: there is no option "prefx"; did you mean "prefix"?',
    ],
    [
      () => new MemoryStore({ maxRecord: 5 } as never),
      'MemoryStore: there is no option "maxRecord"; did you mean "maxRecords"?',
    ],
  ])('is refused: %s', (make, sentence) => {
    expect(problemsOf(make)).toEqual([sentence]);
  });
});

describe('options of a store that are no object', () => {
  it.each([
    ['CacheManagerStore', () => new CacheManagerStore({} as never, 'a:' as never)],
    ['MemoryStore', () => new MemoryStore(5 as never)],
    ['MemoryStore', () => new MemoryStore(null as never)],
  ])('are refused by %s', (name, make) => {
    expect(problemsOf(make)).toEqual([`${name}: the options must be an object.`]);
  });

  it('are what RedisStore asks for when it is given a client', () => {
    const client = new Redis({ lazyConnect: true });
    expect(problemsOf(() => new RedisStore(client as never))).toEqual([
      'RedisStore takes an object with a client: new RedisStore({ client }).',
    ]);
    client.disconnect();
  });
});

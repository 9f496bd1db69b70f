import type { RedisClientType, RedisClusterType, RedisSentinelType } from 'redis';
import type * as ioredis from 'ioredis';
import type * as ioredis5 from 'ioredis5';
import type * as iovalkey from 'iovalkey';
import type * as redis6 from 'redis';
import type * as redis4 from 'redis4';
import type * as redis5 from 'redis5';
import type { RedisClient } from '../../../../lib/store/redis/index.js';

/** Does not compile unless every one of `Clients` is a client of the store. */
type Fits<Clients extends readonly RedisClient[]> = Clients['length'];

type Ioredis = [
  ioredis.Redis,
  ioredis.Cluster,
  ioredis5.Redis,
  ioredis5.Cluster,
  iovalkey.Redis,
  iovalkey.Cluster,
];
type NodeRedis = [
  RedisClientType,
  RedisClusterType,
  RedisSentinelType,
  ReturnType<typeof redis6.createClient>,
  ReturnType<typeof redis6.createCluster>,
  ReturnType<typeof redis6.createSentinel>,
  ReturnType<typeof redis5.createClient>,
  ReturnType<typeof redis5.createCluster>,
  ReturnType<typeof redis5.createSentinel>,
  ReturnType<typeof redis4.createClient>,
  ReturnType<typeof redis4.createCluster>,
];

// @ts-expect-error A pool cannot subscribe.
type Pool = Fits<[ReturnType<typeof redis6.createClientPool>]>;
// @ts-expect-error A promise is not a client yet.
type Promised = Fits<[Promise<ioredis.Redis>]>;
// @ts-expect-error An address is not a client.
type Address = Fits<[string]>;

describe('the types of clients', () => {
  it('take those of every family and version (the compiler has checked it)', () => {
    const counts: [Fits<Ioredis>, Fits<NodeRedis>] = [6, 11];
    expect(counts).toEqual([6, 11]);
    const refused: [Pool?, Promised?, Address?] = [];
    expect(refused).toEqual([]);
  });
});

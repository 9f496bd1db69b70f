import type { Abstract, FactoryProvider } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisConnection } from './redis.connection.js';

/** Provides `contract` from Redis when the shop has one, so that all its processes see the same, else from memory. */
export function repositoryProvider<T>(
  contract: Abstract<T>,
  memory: new () => T,
  redis: new (client: Redis) => T,
): FactoryProvider<T> {
  return {
    provide: contract,
    inject: [RedisConnection],
    useFactory: ({ client }: RedisConnection) => (client ? new redis(client) : new memory()),
  };
}

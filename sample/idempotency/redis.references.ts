import type { Redis } from 'ioredis';
import { shopKey } from '../storage/shop-key.js';
import { References } from './references.js';

export class RedisReferences extends References {
  constructor(private readonly redis: Redis) {
    super();
  }

  override async keep(reference: string, id: string, ttl: number): Promise<string> {
    const key = shopKey('reference', reference);
    if (await this.redis.set(key, id, 'PX', ttl, 'NX')) return id;
    return (await this.redis.get(key)) ?? id;
  }
}

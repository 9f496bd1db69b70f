import type { Redis } from 'ioredis';
import { shopKey } from '../storage/shop-key.js';
import type { Mail } from './mail.js';
import { Mails } from './mails.js';

/** A hash per user, key to JSON. */
export class RedisMails extends Mails {
  constructor(private readonly redis: Redis) {
    super();
  }

  override async send(mail: Mail, idempotencyKey: string): Promise<void> {
    await this.redis.hsetnx(shopKey('mails', mail.to), idempotencyKey, JSON.stringify(mail));
  }

  override async list(userId: string): Promise<Mail[]> {
    return (await this.redis.hvals(shopKey('mails', userId))).map((json) => JSON.parse(json) as Mail);
  }
}

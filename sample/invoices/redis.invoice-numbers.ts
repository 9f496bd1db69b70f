import type { Redis } from 'ioredis';
import { shopKey } from '../storage/shop-key.js';
import { InvoiceNumbers } from './invoice-numbers.js';

export class RedisInvoiceNumbers extends InvoiceNumbers {
  constructor(private readonly redis: Redis) {
    super();
  }

  override next(): Promise<number> {
    return this.redis.incr(shopKey('invoices'));
  }
}

import type { OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { shopKey } from '../storage/shop-key.js';
import { PRODUCTS } from './product.js';
import { Stock, type StockItem } from './stock.js';

const LEFT = shopKey('stock');
const TAKEN = shopKey('stock-taken');

/*
 * Takes the pieces of one order, once.
 * KEYS: 1 hash of SKU to pieces left; 2 set of the orders that have theirs.
 * ARGV: 1 order id; then SKU, quantity, SKU, quantity, …
 * Replies: the SKU of which there are too few (nothing changed), or nil.
 */
const TAKE = `
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return nil end
for i = 2, #ARGV, 2 do
  if tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0') < tonumber(ARGV[i + 1]) then return ARGV[i] end
end
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], '-' .. ARGV[i + 1]) end
redis.call('SADD', KEYS[2], ARGV[1])
return nil`;

export class RedisStock extends Stock implements OnModuleInit {
  constructor(private readonly redis: Redis) {
    super();
  }

  /** The first process fills the shelves; the others find them as they are. */
  async onModuleInit(): Promise<void> {
    for (const { sku, stock } of PRODUCTS) await this.redis.hsetnx(LEFT, sku, stock);
  }

  override async levels(): Promise<ReadonlyMap<string, number>> {
    const left = await this.redis.hgetall(LEFT);
    return new Map(Object.entries(left).map(([sku, pieces]) => [sku, Number(pieces)]));
  }

  override async take(orderId: string, items: readonly StockItem[]): Promise<string | undefined> {
    const args = items.flatMap(({ sku, quantity }) => [sku, quantity]);
    return ((await this.redis.eval(TAKE, 2, LEFT, TAKEN, orderId, ...args)) as string | null) ?? undefined;
  }
}

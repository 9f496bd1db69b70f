import type { Redis } from 'ioredis';
import { shopKey } from '../storage/shop-key.js';
import { PRODUCTS } from './product.js';
import { Stock, type StockItem } from './stock.js';

const SOLD = shopKey('sold');
const SERVED = shopKey('served-orders');

/*
 * Takes the pieces of one order, once.
 * KEYS: 1 hash of SKU to pieces sold; 2 set of the orders that have theirs.
 * ARGV: 1 order id; then SKU, quantity, pieces there were at first, SKU, …
 * Replies: the SKU of which there are too few (nothing changed), or nil.
 */
const TAKE = `
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return nil end
for i = 2, #ARGV, 3 do
  local sold = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
  if sold + tonumber(ARGV[i + 1]) > tonumber(ARGV[i + 2]) then return ARGV[i] end
end
for i = 2, #ARGV, 3 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('SADD', KEYS[2], ARGV[1])
return nil`;

/** Counts what was sold, so that an empty Redis is a full shop. */
export class RedisStock extends Stock {
  constructor(private readonly redis: Redis) {
    super();
  }

  override async levels(): Promise<ReadonlyMap<string, number>> {
    const sold = await this.redis.hgetall(SOLD);
    return new Map(PRODUCTS.map(({ sku, stock }) => [sku, stock - Number(sold[sku] ?? 0)]));
  }

  override async take(orderId: string, items: readonly StockItem[]): Promise<string | undefined> {
    const args = items.flatMap(({ sku, quantity }) => {
      const stock = PRODUCTS.find((product) => product.sku === sku)?.stock ?? 0;
      return [sku, quantity, stock];
    });
    return ((await this.redis.eval(TAKE, 2, SOLD, SERVED, orderId, ...args)) as string | null) ?? undefined;
  }
}

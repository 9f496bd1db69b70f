import type { Redis } from 'ioredis';
import { shopKey } from '../storage/shop-key.js';
import { ORDER_STATUSES, type OrderStatus, type StoredOrder } from './order.js';
import { OrderRepository } from './order.repository.js';

const orderKey = (id: string): string => shopKey('order', id);
const listKey = (userId: string): string => shopKey('orders', userId);

/*
 * Moves an order forward.
 * KEYS: 1 the order's hash. ARGV: 1 the new step; the field `step` is the index of the order's status.
 */
const ADVANCE = `
if tonumber(redis.call('HGET', KEYS[1], 'step') or ARGV[1]) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'step', ARGV[1])
end`;

/*
 * Gives an order back.
 * KEYS: 1 the order's hash. ARGV: 1 the charge that must have it.
 */
const UNCLAIM = `
if redis.call('HGET', KEYS[1], 'chargeId') == ARGV[1] then redis.call('HDEL', KEYS[1], 'chargeId') end`;

/** A hash per order (what never changes as JSON, then `step` and `chargeId`), a sorted set of ids per user. */
export class RedisOrderRepository extends OrderRepository {
  constructor(private readonly redis: Redis) {
    super();
  }

  override async insert(order: StoredOrder): Promise<StoredOrder> {
    await this.redis
      .multi()
      .hsetnx(orderKey(order.id), 'order', JSON.stringify(order))
      .hsetnx(orderKey(order.id), 'step', String(ORDER_STATUSES.indexOf(order.status)))
      .zadd(listKey(order.userId), 'NX', String(Date.parse(order.createdAt)), order.id)
      .exec();
    return (await this.find(order.id)) ?? order;
  }

  override async find(id: string): Promise<StoredOrder | undefined> {
    const { order, step, chargeId } = await this.redis.hgetall(orderKey(id));
    if (!order) return undefined;
    return {
      ...(JSON.parse(order) as StoredOrder),
      status: ORDER_STATUSES[Number(step)] ?? 'pending',
      chargeId,
    };
  }

  override async list(userId: string): Promise<StoredOrder[]> {
    const ids = await this.redis.zrange(listKey(userId), '0', '-1');
    const orders = await Promise.all(ids.map((id) => this.find(id)));
    return orders.filter((order) => order !== undefined);
  }

  override async claim(id: string, chargeId: string): Promise<boolean> {
    if ((await this.redis.hsetnx(orderKey(id), 'chargeId', chargeId)) === 1) return true;
    return (await this.redis.hget(orderKey(id), 'chargeId')) === chargeId;
  }

  override async unclaim(id: string, chargeId: string): Promise<void> {
    await this.redis.eval(UNCLAIM, 1, orderKey(id), chargeId);
  }

  override async advance(id: string, status: OrderStatus): Promise<void> {
    await this.redis.eval(ADVANCE, 1, orderKey(id), ORDER_STATUSES.indexOf(status));
  }
}

import type { Redis } from 'ioredis';
import { shopKey } from '../storage/shop-key.js';
import { chargeStatus, type Charge, type Refund } from './charge.js';
import { ChargeRepository } from './charge.repository.js';

const chargeKey = (id: string): string => shopKey('charge', id);
const refundsKey = (chargeId: string): string => shopKey('refunds', chargeId);
const requestsKey = (orderId: string): string => shopKey('charge-requests', orderId);
const listKey = (userId: string): string => shopKey('charges', userId);

/*
 * Keeps a charge, unless its order has one with the same key.
 * KEYS: 1 hash of the order's requests, key to charge id; 2 the charge's hash; 3 sorted set of the user's charges.
 * ARGV: 1 the key; 2 charge id; 3 its JSON; 4 its cents; 5 ms since 1970.
 * Replies: the id that is kept.
 */
const CHARGE = `
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return redis.call('HGET', KEYS[1], ARGV[1]) end
redis.call('HSET', KEYS[2], 'charge', ARGV[3], 'amount', ARGV[4])
redis.call('ZADD', KEYS[3], 'NX', ARGV[5], ARGV[2])
return ARGV[2]`;

/*
 * Keeps a refund, once, if the charge has that much left.
 * KEYS: 1 the charge's hash; 2 hash of its refunds, id to JSON.
 * ARGV: 1 refund id; 2 its cents; 3 its JSON.
 * Replies: the JSON that is kept, or nil (too much; nothing changed).
 */
const REFUND = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then return known end
local amount = tonumber(redis.call('HGET', KEYS[1], 'amount') or '0')
local refunded = tonumber(redis.call('HGET', KEYS[1], 'refunded') or '0')
if refunded + tonumber(ARGV[2]) > amount then return nil end
redis.call('HINCRBY', KEYS[1], 'refunded', ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return ARGV[3]`;

/** A hash per charge (what never changes as JSON, then `amount` and `refunded`), a sorted set of ids per user. */
export class RedisChargeRepository extends ChargeRepository {
  constructor(private readonly redis: Redis) {
    super();
  }

  override async insert(userId: string, charge: Charge, idempotencyKey: string): Promise<Charge> {
    const { id, orderId, amount, createdAt } = charge;
    const keys = [requestsKey(orderId), chargeKey(id), listKey(userId)] as const;
    const values = [idempotencyKey, id, JSON.stringify(charge), amount, Date.parse(createdAt)] as const;
    const kept = (await this.redis.eval(CHARGE, 3, ...keys, ...values)) as string;
    return (await this.find(kept)) ?? charge;
  }

  override async find(id: string): Promise<Charge | undefined> {
    const { charge: json, refunded } = await this.redis.hgetall(chargeKey(id));
    if (!json) return undefined;
    const charge = JSON.parse(json) as Charge;
    return { ...charge, status: chargeStatus(charge.amount, Number(refunded ?? 0)) };
  }

  override async list(userId: string): Promise<Charge[]> {
    const ids = await this.redis.zrange(listKey(userId), '0', '-1');
    const charges = await Promise.all(ids.map((id) => this.find(id)));
    return charges.filter((charge) => charge !== undefined);
  }

  override async refund(refund: Refund): Promise<Refund | undefined> {
    const keys = [chargeKey(refund.chargeId), refundsKey(refund.chargeId)] as const;
    const json = JSON.stringify(refund);
    const kept = (await this.redis.eval(REFUND, 2, ...keys, refund.id, refund.amount, json)) as string | null;
    return kept ? (JSON.parse(kept) as Refund) : undefined;
  }
}

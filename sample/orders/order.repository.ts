import type { OrderStatus, StoredOrder } from './order.js';

/** Keeps orders. Every method may be called again by a second attempt of the same request without harm. */
export abstract class OrderRepository {
  /** Keeps a new order, unless its id is known. Returns what is kept. */
  abstract insert(order: StoredOrder): Promise<StoredOrder>;

  abstract find(id: string): Promise<StoredOrder | undefined>;

  /** Oldest first. */
  abstract list(userId: string): Promise<StoredOrder[]>;

  /** Reserves the order for one charge. `false` if another charge has it. Atomic. */
  abstract claim(id: string, chargeId: string): Promise<boolean>;

  /** Gives the order back after a charge that was declined, if it still has it. Atomic. */
  abstract unclaim(id: string, chargeId: string): Promise<void>;

  /** Moves the order to `status`, unless it is further already. Atomic. */
  abstract advance(id: string, status: OrderStatus): Promise<void>;
}

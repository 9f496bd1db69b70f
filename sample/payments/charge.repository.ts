import type { Charge, Refund } from './charge.js';

/** The payment provider's books. */
export abstract class ChargeRepository {
  /** Keeps a new charge, unless its order has one with this key. Returns what is kept. Atomic. */
  abstract insert(userId: string, charge: Charge, idempotencyKey: string): Promise<Charge>;

  abstract find(id: string): Promise<Charge | undefined>;

  /** Oldest first. */
  abstract list(userId: string): Promise<Charge[]>;

  /**
   * Keeps a refund of its charge, unless its id is known. Atomic. Returns what is kept, or nothing, and nothing
   * changes, if all refunds together would be more than the charge.
   */
  abstract refund(refund: Refund): Promise<Refund | undefined>;
}

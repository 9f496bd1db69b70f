import type { Charge, Refund } from './charge.js';

/** The payment provider's books. */
export abstract class ChargeRepository {
  /** Keeps a new charge, unless its id is known. Returns what is kept. */
  abstract insert(userId: string, charge: Charge): Promise<Charge>;

  abstract find(id: string): Promise<Charge | undefined>;

  /** Oldest first. */
  abstract list(userId: string): Promise<Charge[]>;

  /**
   * Keeps a refund of its charge, unless its id is known. Atomic. Returns what is kept, or nothing, and nothing
   * changes, if all refunds together would be more than the charge.
   */
  abstract refund(refund: Refund): Promise<Refund | undefined>;
}

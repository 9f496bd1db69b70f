import type { ShopDatabase } from '../storage/shop-database.js';
import { chargeStatus, type Charge, type Refund } from './charge.js';
import { ChargeRepository } from './charge.repository.js';

interface Row {
  readonly body: Charge;
  readonly amount: number;
  readonly refunded: number;
}

/** A row per charge: what never changes as JSON, then how much of it was given back; a row per refund. */
export class PostgresChargeRepository extends ChargeRepository {
  constructor(private readonly database: ShopDatabase) {
    super();
  }

  override async insert(userId: string, charge: Charge, idempotencyKey: string): Promise<Charge> {
    const { id, orderId, amount } = charge;
    // Changes nothing of a charge that is there, but returns it.
    const [row] = await this.database.rows<Row>(
      `INSERT INTO shop.charges AS c (id, user_id, order_id, idempotency_key, body, amount)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (order_id, idempotency_key) DO UPDATE SET amount = c.amount
       RETURNING body, amount, refunded`,
      ...[id, userId, orderId, idempotencyKey, JSON.stringify(charge), amount],
    );
    return row ? chargeOf(row) : charge;
  }

  override async find(id: string): Promise<Charge | undefined> {
    const sql = 'SELECT body, amount, refunded FROM shop.charges WHERE id = $1';
    const [row] = await this.database.rows<Row>(sql, id);
    return row && chargeOf(row);
  }

  override async list(userId: string): Promise<Charge[]> {
    const sql = 'SELECT body, amount, refunded FROM shop.charges WHERE user_id = $1 ORDER BY number';
    return (await this.database.rows<Row>(sql, userId)).map(chargeOf);
  }

  override async refund(refund: Refund): Promise<Refund | undefined> {
    return this.database.atomically(async () => {
      const { id, chargeId, amount } = refund;
      // One refund of a charge at a time.
      await this.database.rows('SELECT id FROM shop.charges WHERE id = $1 FOR UPDATE', chargeId);
      const look = 'SELECT body FROM shop.refunds WHERE id = $1';
      const [known] = await this.database.rows<{ body: Refund }>(look, id);
      if (known) return known.body;
      const give = `UPDATE shop.charges SET refunded = refunded + $2
        WHERE id = $1 AND refunded + $2 <= amount RETURNING id`;
      if ((await this.database.rows(give, chargeId, amount)).length === 0) return undefined;
      const keep = 'INSERT INTO shop.refunds (id, body) VALUES ($1, $2)';
      await this.database.rows(keep, id, JSON.stringify(refund));
      return refund;
    });
  }
}

const chargeOf = ({ body, amount, refunded }: Row): Charge => ({
  ...body,
  status: chargeStatus(amount, refunded),
});

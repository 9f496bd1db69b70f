import type { ShopFile } from '../storage/shop-file.js';
import { chargeStatus, type Charge, type Refund } from './charge.js';
import { ChargeRepository } from './charge.repository.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS charges (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  body TEXT NOT NULL,
  amount INTEGER NOT NULL,
  refunded INTEGER NOT NULL DEFAULT 0,
  UNIQUE (order_id, idempotency_key)
);
CREATE INDEX IF NOT EXISTS charges_of_user ON charges (user_id, number);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, body TEXT NOT NULL);`;

interface Row {
  readonly body: string;
  readonly amount: number;
  readonly refunded: number;
}

/** A row per charge: what never changes as JSON, then how much of it was given back; a row per refund. */
export class SqliteChargeRepository extends ChargeRepository {
  constructor(private readonly file: ShopFile) {
    super();
    file.define(SCHEMA);
  }

  override async insert(userId: string, charge: Charge, idempotencyKey: string): Promise<Charge> {
    const { id, orderId, amount } = charge;
    // Changes nothing of a charge that is there, but returns it.
    const [row] = this.file.rows<Row>(
      `INSERT INTO charges (id, user_id, order_id, idempotency_key, body, amount) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (order_id, idempotency_key) DO UPDATE SET amount = amount
       RETURNING body, amount, refunded`,
      ...[id, userId, orderId, idempotencyKey, JSON.stringify(charge), amount],
    );
    return row ? chargeOf(row) : charge;
  }

  override async find(id: string): Promise<Charge | undefined> {
    const [row] = this.file.rows<Row>('SELECT body, amount, refunded FROM charges WHERE id = ?', id);
    return row && chargeOf(row);
  }

  override async list(userId: string): Promise<Charge[]> {
    const sql = 'SELECT body, amount, refunded FROM charges WHERE user_id = ? ORDER BY number';
    return this.file.rows<Row>(sql, userId).map(chargeOf);
  }

  override async refund(refund: Refund): Promise<Refund | undefined> {
    return this.file.atomically(() => {
      const { id, chargeId, amount } = refund;
      const [known] = this.file.rows<{ body: string }>('SELECT body FROM refunds WHERE id = ?', id);
      if (known) return JSON.parse(known.body) as Refund;
      const give = `UPDATE charges SET refunded = refunded + ? WHERE id = ? AND refunded + ? <= amount RETURNING id`;
      if (this.file.rows(give, amount, chargeId, amount).length === 0) return undefined;
      this.file.rows('INSERT INTO refunds (id, body) VALUES (?, ?) RETURNING id', id, JSON.stringify(refund));
      return refund;
    });
  }
}

const chargeOf = ({ body, amount, refunded }: Row): Charge => ({
  ...(JSON.parse(body) as Charge),
  status: chargeStatus(amount, refunded),
});

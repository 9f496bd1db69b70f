import type { ShopFile } from '../storage/shop-file.js';
import { ORDER_STATUSES, type OrderStatus, type StoredOrder } from './order.js';
import { OrderRepository } from './order.repository.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS orders (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  body TEXT NOT NULL,
  step INTEGER NOT NULL,
  charge_id TEXT
);
CREATE INDEX IF NOT EXISTS orders_of_user ON orders (user_id, number);`;

interface Row {
  readonly body: string;
  readonly step: number;
  readonly charge_id: string | null;
}

/** A row per order: what never changes as JSON, then the index of its status and its charge. */
export class SqliteOrderRepository extends OrderRepository {
  constructor(private readonly file: ShopFile) {
    super();
    file.define(SCHEMA);
  }

  override async insert(order: StoredOrder): Promise<StoredOrder> {
    this.file.rows(
      `INSERT INTO orders (id, user_id, body, step) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      order.id,
      order.userId,
      JSON.stringify(order),
      ORDER_STATUSES.indexOf(order.status),
    );
    return (await this.find(order.id)) ?? order;
  }

  override async find(id: string): Promise<StoredOrder | undefined> {
    const [row] = this.file.rows<Row>('SELECT body, step, charge_id FROM orders WHERE id = ?', id);
    return row && orderOf(row);
  }

  override async list(userId: string): Promise<StoredOrder[]> {
    const sql = 'SELECT body, step, charge_id FROM orders WHERE user_id = ? ORDER BY number';
    return this.file.rows<Row>(sql, userId).map(orderOf);
  }

  override async claim(id: string, chargeId: string): Promise<boolean> {
    const sql = `UPDATE orders SET charge_id = ? WHERE id = ? AND COALESCE(charge_id, ?) = ? RETURNING id`;
    return this.file.rows(sql, chargeId, id, chargeId, chargeId).length === 1;
  }

  override async unclaim(id: string, chargeId: string): Promise<void> {
    const sql = 'UPDATE orders SET charge_id = NULL WHERE id = ? AND charge_id = ? RETURNING id';
    this.file.rows(sql, id, chargeId);
  }

  override async advance(id: string, status: OrderStatus): Promise<void> {
    const step = ORDER_STATUSES.indexOf(status);
    this.file.rows('UPDATE orders SET step = ? WHERE id = ? AND step < ? RETURNING id', step, id, step);
  }
}

const orderOf = ({ body, step, charge_id }: Row): StoredOrder => ({
  ...(JSON.parse(body) as StoredOrder),
  status: ORDER_STATUSES[step] ?? 'pending',
  chargeId: charge_id ?? undefined,
});

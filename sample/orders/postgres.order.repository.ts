import type { ShopDatabase } from '../storage/shop-database.js';
import { ORDER_STATUSES, type OrderStatus, type StoredOrder } from './order.js';
import { OrderRepository } from './order.repository.js';

interface Row {
  readonly body: StoredOrder;
  readonly step: number;
  readonly charge_id: string | null;
}

/** A row per order: what never changes as JSON, then the index of its status and its charge. */
export class PostgresOrderRepository extends OrderRepository {
  constructor(private readonly database: ShopDatabase) {
    super();
  }

  override async insert(order: StoredOrder): Promise<StoredOrder> {
    await this.database.rows(
      `INSERT INTO shop.orders (id, user_id, body, step) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO NOTHING`,
      ...[order.id, order.userId, JSON.stringify(order), ORDER_STATUSES.indexOf(order.status)],
    );
    return (await this.find(order.id)) ?? order;
  }

  override async find(id: string): Promise<StoredOrder | undefined> {
    const sql = 'SELECT body, step, charge_id FROM shop.orders WHERE id = $1';
    const [row] = await this.database.rows<Row>(sql, id);
    return row && orderOf(row);
  }

  override async list(userId: string): Promise<StoredOrder[]> {
    const sql = 'SELECT body, step, charge_id FROM shop.orders WHERE user_id = $1 ORDER BY number';
    return (await this.database.rows<Row>(sql, userId)).map(orderOf);
  }

  override async claim(id: string, chargeId: string): Promise<boolean> {
    const sql = `UPDATE shop.orders SET charge_id = $2 WHERE id = $1 AND COALESCE(charge_id, $2) = $2 RETURNING id`;
    return (await this.database.rows(sql, id, chargeId)).length === 1;
  }

  override async unclaim(id: string, chargeId: string): Promise<void> {
    const sql = 'UPDATE shop.orders SET charge_id = NULL WHERE id = $1 AND charge_id = $2';
    await this.database.rows(sql, id, chargeId);
  }

  override async advance(id: string, status: OrderStatus): Promise<void> {
    const sql = 'UPDATE shop.orders SET step = $2 WHERE id = $1 AND step < $2';
    await this.database.rows(sql, id, ORDER_STATUSES.indexOf(status));
  }
}

const orderOf = ({ body, step, charge_id }: Row): StoredOrder => ({
  ...body,
  status: ORDER_STATUSES[step] ?? 'pending',
  chargeId: charge_id ?? undefined,
});

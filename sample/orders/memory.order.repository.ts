import { ORDER_STATUSES, type OrderStatus, type StoredOrder } from './order.js';
import { OrderRepository } from './order.repository.js';

export class MemoryOrderRepository extends OrderRepository {
  private readonly orders = new Map<string, StoredOrder>();

  override async insert(order: StoredOrder): Promise<StoredOrder> {
    const known = this.orders.get(order.id);
    if (!known) this.orders.set(order.id, order);
    return known ?? order;
  }

  override async find(id: string): Promise<StoredOrder | undefined> {
    return this.orders.get(id);
  }

  override async list(userId: string): Promise<StoredOrder[]> {
    return [...this.orders.values()].filter((order) => order.userId === userId);
  }

  override async claim(id: string, chargeId: string): Promise<boolean> {
    const order = this.orders.get(id);
    if (!order) return false;
    if (!order.chargeId) this.orders.set(id, { ...order, chargeId });
    return (order.chargeId ?? chargeId) === chargeId;
  }

  override async unclaim(id: string, chargeId: string): Promise<void> {
    const order = this.orders.get(id);
    if (order?.chargeId === chargeId) this.orders.set(id, { ...order, chargeId: undefined });
  }

  override async advance(id: string, status: OrderStatus): Promise<void> {
    const order = this.orders.get(id);
    if (!order || ORDER_STATUSES.indexOf(order.status) >= ORDER_STATUSES.indexOf(status)) return;
    this.orders.set(id, { ...order, status });
  }
}

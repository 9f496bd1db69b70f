import { Injectable } from '@nestjs/common';
import type { User } from '../auth/user.js';
import { PRODUCTS } from '../catalog/product.js';
import { Stock } from '../catalog/stock.js';
import { CrashPoints } from '../demo-faults/crash-points.js';
import { StableIds } from '../idempotency/stable-ids.js';
import type { CreateOrderDto } from './dto/create-order.dto.js';
import type { OrderItem, StoredOrder } from './order.js';
import { OrderRepository } from './order.repository.js';
import { OrderNotFoundError, OutOfStockError, UnknownProductError } from './orders.errors.js';

@Injectable()
export class OrdersService {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: Stock,
    private readonly ids: StableIds,
    private readonly crashes: CrashPoints,
  ) {}

  /**
   * Two steps, both harmless when done again for the same id: a second attempt begins at the first. On Postgres it
   * finds nothing of what an attempt did that died.
   */
  async place(user: User, { items }: CreateOrderDto): Promise<StoredOrder> {
    const priced = items.map(priceOf);
    const id = await this.ids.create('ord', user.id, items);
    await this.reserve(id, priced);
    this.crashes.reached('reserve');
    const order = await this.orders.insert({
      id,
      userId: user.id,
      items: priced,
      total: priced.reduce((total, { price, quantity }) => total + price * quantity, 0),
      currency: 'EUR',
      status: 'pending',
      createdAt: new Date().toISOString(),
    });
    this.crashes.reached('write');
    return order;
  }

  /** Takes the pieces of an order out of the stock, unless it has them. */
  async reserve(id: string, items: readonly OrderItem[]): Promise<void> {
    const short = await this.stock.take(id, items);
    if (short) throw new OutOfStockError(short);
  }

  list(user: User): Promise<StoredOrder[]> {
    return this.orders.list(user.id);
  }

  async get(user: User, id: string): Promise<StoredOrder> {
    const order = await this.orders.find(id);
    if (order?.userId !== user.id) throw new OrderNotFoundError();
    return order;
  }
}

function priceOf({ sku, quantity }: { readonly sku: string; readonly quantity: number }): OrderItem {
  const product = PRODUCTS.find((candidate) => candidate.sku === sku);
  if (!product) throw new UnknownProductError();
  return { sku, quantity, price: product.price };
}
